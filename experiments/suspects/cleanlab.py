"""Ranks labels by cleanlab: reads {"labels": [...], "probabilities": [[...]]} on standard input and
writes {method: order of indices, the most suspicious first}."""
import json
import sys

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

task = json.load(sys.stdin)
labels, probs = np.array(task["labels"]), np.array(task["probabilities"])
out = {}
for method in ["self_confidence", "normalized_margin", "confidence_weighted_entropy"]:
    out[method] = np.argsort(get_label_quality_scores(labels, probs, method=method), kind="stable").tolist()
issues = find_label_issues(labels, probs, return_indices_ranked_by="self_confidence", n_jobs=1).tolist()
seen = set(issues)
out["find_label_issues"] = issues + [i for i in out["self_confidence"] if i not in seen]
json.dump(out, sys.stdout)
