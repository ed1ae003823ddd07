package text

import (
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"one photo", Count(1, "photo"), "1 photo"},
		{"no photos", Count(0, "photo"), "0 photos"},
		{"a plural of its own", Count(3, "class", "classes"), "3 classes"},
		{"share", Percent(0.9146, 1), "91.5 %"},
		{"share without decimals", Percent(0.9146, 0), "91 %"},
		{"seconds to wait", Duration(12400 * time.Millisecond), "12 s"},
		{"nearly a minute", Duration(59600 * time.Millisecond), "1 min 0 s"},
		{"minutes and seconds", Duration(200 * time.Second), "3 min 20 s"},
		{"minutes", Duration(14*time.Minute + 31*time.Second), "15 min"},
		{"hours", Duration(62 * time.Minute), "1 h 2 min"},
		{"a part of a second", Seconds(0.416), "0.42 s"},
		{"measured seconds", Seconds(12.34), "12.3 s"},
		{"measured minutes", Seconds(244.8), "4 min 05 s"},
		{"measured hours", Seconds(3725), "1 h 02 min"},
		{"megabytes", Bytes(512 << 20), "512 MiB"},
		{"gigabytes", Bytes(3 << 29), "1.5 GiB"},
		{"below a thousand", Thousands(999), "999"},
		{"thousands", Thousands(65535), "65,535"},
		{"millions", Thousands(1234567), "1,234,567"},
		{"below zero", Thousands(-123456), "-123,456"},
		{"estimate", Round(1284), "1,300"},
		{"small estimate", Round(57.6), "58"},
		{"least estimate", Round(0.2), "1"},
		{"digest", Digest("0123456789abcdef"), "0123456789ab"},
		{"short digest", Digest("012"), "012"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("%q, want %q", c.got, c.want)
			}
		})
	}
}
