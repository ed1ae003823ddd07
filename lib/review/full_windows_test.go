package review

func fillDisk(string) {}
