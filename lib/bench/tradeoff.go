package bench

import "imagelab/lib/runlog"

func finished(r runlog.Record) bool  { return !r.Interrupted && r.Error == "" && r.PerClass == 0 }
func cropOf(r runlog.Record) float64 { return 0 }
