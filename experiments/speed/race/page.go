package race

import "imagelab/lib/report"

// Tables are the report's tables for its page.
func Tables(r Report) []report.Table {
	table := func(title, note string, header []string, rows [][]string) report.Table {
		return report.Table{Title: title, Header: header, Rows: rows, Note: note}
	}
	ratios, rows := RatioRows(r.Ratios())
	all := []report.Table{table("Ratios",
		"Times faster: median of the rounds' ratios. Both sides of a ratio are of the same round.", ratios, rows)}
	header, rows := r.ResultRows()
	all = append(all, table("What every side reached",
		"Decode and hash: on all cores. Best batch: every side at the batch that is fastest for it.", header, rows))
	if header, rows = r.StageRows(); len(rows) > 0 {
		all = append(all, table("Matmul-bound share of the network's stages",
			"Forward, each stage alone. The peak is the rate of a product of matrices of 1024 x 1024 in the same "+
				"rounds.", header, rows))
	}
	header, rows = r.MachineRows()
	return append(all, table("Measured", "", header, rows))
}
