package labelcsv

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"imagelab/lib/text"
)

// Names that columns bear, as [plainName] writes them, the clearest first.
var (
	pathNames = strings.Fields(`path filepath filepaths imagepath imgpath photopath relpath file filename filenames fname
		imagefile imagefilename imgfile image img photo picture imagename imgname photoname images
		files imageid imgid photoid idcode fileid id name url uri imageurl gcsfilepath src uid
		uuid dateiname datei bild bilddatei pfad foto fichier chemin nomdefichier archivo ruta
		imagen percorso immagine ファイル名 画像 画像名 パス 文件名 图片 路径`)
	labelNames = strings.Fields(`label labels class classname classlabel labelname category categoryname target targetname
		diagnosis dx species breed tag y groundtruth gt annotation classes classid labelid
		categoryid targetid labelidx classidx choice choices klasse kategorie etikett classe
		étiquette catégorie clase etiqueta categoría categoria etichetta ラベル クラス 分類 标签 类别`)
	groupNames = strings.Fields("group groupid")
	splitNames = strings.Fields("split set subset partition mluse dataset usage isvalid phase fold")
	// groupLike are columns that tell which photos belong together, but that nobody called a group.
	groupLike = strings.Fields(`patient patientid subject subjectid lesionid participant participantid caseid objectid
		session sessionid videoid video burst animalid plantid individual individualid siteid
		cameraid`)
	// measures are columns whose numbers are no labels.
	measures = strings.Fields(`width height imagewidth imageheight imgwidth imgheight w h filesize bytes channels`)
)

var photoEndings = strings.Fields(".jpg .jpeg .jpe .jfif .png .gif .webp .bmp .tif .tiff .heic")

func isPhoto(field string) bool {
	return slices.Contains(photoEndings, strings.ToLower(path.Ext(strings.TrimSpace(field))))
}

// plainName is a column's name in lower case, letters and digits only.
func plainName(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func known(name string, c Columns) bool {
	p := plainName(name)
	for _, names := range [][]string{pathNames, labelNames, {plainName(c.Path), plainName(c.Label)}} {
		if p != "" && slices.Contains(names, p) {
			return true
		}
	}
	return false
}

// isIndex reports whether a column counts the rows, as pandas writes it.
func isIndex(name string) bool {
	p := plainName(name)
	return p == "" || strings.HasPrefix(p, "unnamed") || p == "index"
}

// columns says which column is what, as numbers; -1: there is none.
type columns struct {
	path, label, group, split int
	oneHot                    []int // each column is a class
}

// table is the file parted into fields.
type table struct {
	head  []string
	rows  []record
	notes []string
}

func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

// value is the field of a row, without blanks around it; empty where the row is too short.
func value(r record, column int) string {
	if column < 0 || column >= len(r.fields) {
		return ""
	}
	return strings.TrimSpace(r.fields[column])
}

// find decides which column is what.
func (t *table) find(c Columns) (columns, error) {
	got := columns{-1, -1, -1, -1, nil}
	for _, want := range []struct {
		name, flag string
		to         *int
	}{{c.Path, "path", &got.path}, {c.Label, "label", &got.label}, {c.Group, "group", &got.group}, {c.Split,
		"split", &got.split}} {
		if want.name == "" {
			continue
		}
		if *want.to = t.called(want.name); *want.to < 0 {
			return got, fmt.Errorf("line 1: no column is called %q; there "+
				"are %s%s", want.name, quoted(t.head), t.close(want.name))
		}
	}
	if got.group < 0 {
		got.group = t.first(groupNames, got)
	}
	if got.split < 0 {
		got.split = t.first(splitNames, got)
	}
	if got.path < 0 {
		if got.path = t.pathColumn(got); got.path < 0 {
			return got, t.missing("path", "where a photo lies")
		}
	}
	if got.label < 0 {
		if err := t.labelColumn(&got); err != nil {
			return got, err
		}
	}
	t.noteColumns(got)
	return got, nil
}

func (t *table) called(name string) int {
	if i := slices.Index(t.head, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(t.head, func(h string) bool { return plainName(h) == plainName(name) })
}

// free are the columns without a role that do not count rows.
func (t *table) free(got columns) []int {
	var out []int
	for i, h := range t.head {
		if !isIndex(h) && i != got.path && i != got.label && i != got.group && i != got.split {
			out = append(out, i)
		}
	}
	return out
}

// first is the column with the clearest of names, or -1.
func (t *table) first(names []string, got columns) int {
	if all := t.all(names, got); len(all) > 0 {
		return all[0]
	}
	return -1
}

// all are the columns that bear one of names, the clearest first.
func (t *table) all(names []string, got columns) []int {
	rank := func(i int) int {
		field, _ := fieldOf(t.head[i])
		return max(slices.Index(names, plainName(t.head[i])), slices.Index(names, plainName(field)))
	}
	out := slices.DeleteFunc(t.free(got), func(i int) bool { return rank(i) < 0 })
	slices.SortStableFunc(out, func(a, b int) int { return rank(a) - rank(b) })
	return out
}

// fieldOf is the field that a heading such as FiftyOne's "ground_truth.label" gives the label of.
func fieldOf(heading string) (field string, ok bool) { return strings.CutSuffix(heading, ".label") }

const sampled = 100 // rows that decide between columns

// photos counts values that end like a photo, or at least look like a path.
func (t *table) photos(column int) int {
	n := 0
	for _, r := range t.rows[:min(len(t.rows), sampled)] {
		if v := value(r, column); isPhoto(v) {
			n += 2
		} else if strings.ContainsAny(v, `/\`) {
			n++
		}
	}
	return n
}

// pathColumn is the one of the columns with a fitting name whose values look most like photos;
// without such a name, the only one with photos in it.
func (t *table) pathColumn(got columns) int {
	names := t.all(pathNames, got)
	if len(names) == 0 {
		for _, i := range t.free(got) {
			if t.photos(i) > len(t.rows[:min(len(t.rows), sampled)]) {
				names = append(names, i)
			}
		}
		if len(names) > 1 {
			return -1
		}
	}
	best := -1
	for _, i := range names {
		if best < 0 || t.photos(i) > t.photos(best) {
			best = i
		}
	}
	return best
}

// labelColumn finds the label column, or the classes as columns of zeros and ones.
func (t *table) labelColumn(got *columns) error {
	names := t.all(labelNames, *got)
	if len(names) == 0 {
		names = slices.DeleteFunc(t.free(*got), func(i int) bool { _, ok := fieldOf(t.head[i]); return !ok })
	}
	switch len(names) {
	case 0:
		return t.unnamedLabel(got)
	case 1:
		got.label = names[0]
		return nil
	}
	alike := true
	for _, i := range names[1:] {
		alike = alike && t.oneToOne(names[0], i)
	}
	if !alike && plainName(t.head[names[0]]) == "label" {
		got.label = names[0]
		return nil
	}
	if !alike {
		return fmt.Errorf("line 1: more than one column may be the label (%s), and they do not say the same: name it with "+
			"IngestOptions.Columns.Label", quoted(t.names(names)))
	}
	got.label = names[0]
	for _, i := range names {
		if !t.numbers(i) { // names say more than numbers
			got.label = i
			break
		}
	}
	return nil
}

// unnamedLabel takes the only column that is left, or zeros and ones.
func (t *table) unnamedLabel(got *columns) error {
	free := slices.DeleteFunc(t.free(*got), func(i int) bool {
		name := plainName(t.head[i])
		return slices.Contains(groupLike, name) || slices.Contains(measures, name) && t.numbers(i)
	})
	if len(free) == 1 {
		got.label = free[0]
		return nil
	}
	flags := slices.DeleteFunc(slices.Clone(free), func(i int) bool { return !t.flags(i) || tally.MatchString(t.head[i]) })
	marksOne := func(r record) bool { _, why := t.marked(r, flags); return why == "" }
	if len(flags) > 1 && slices.ContainsFunc(t.rows, marksOne) {
		got.oneHot = flags
		return nil
	}
	return t.missing("label", "what a photo shows")
}

// tally are headings of what counts something in a photo, as VIA's region_count and region_id do:
// no classes, though there may be zeros and ones only.
var tally = regexp.MustCompile(`(?i)[-_. ](count|id)$`)

func (t *table) names(columns []int) []string {
	var out []string
	for _, i := range columns {
		out = append(out, t.head[i])
	}
	return out
}

// oneToOne reports whether two columns say the same in other words.
func (t *table) oneToOne(a, b int) bool {
	to, from := map[string]string{}, map[string]string{}
	for _, r := range t.rows {
		x, y := value(r, a), value(r, b)
		if other, ok := to[x]; ok && other != y {
			return false
		}
		if other, ok := from[y]; ok && other != x {
			return false
		}
		to[x], from[y] = y, x
	}
	return true
}

func (t *table) numbers(column int) bool {
	return !slices.ContainsFunc(t.rows, func(r record) bool {
		return strings.Trim(value(r, column), "0123456789.-") != ""
	})
}

// flags reports whether a column holds zeros and ones only.
func (t *table) flags(column int) bool {
	for _, r := range t.rows {
		if _, ok := flag(value(r, column)); !ok {
			return false
		}
	}
	return len(t.rows) > 0
}

func flag(v string) (set, ok bool) {
	switch strings.ToLower(v) {
	case "1", "1.0", "true", "yes":
		return true, true
	case "0", "0.0", "false", "no":
		return false, true
	}
	return false, false
}

// missing is the error for a table that lacks a column.
func (t *table) missing(name, means string) error {
	return fmt.Errorf("%w: it names %s, and none says %s%s; call that column %s, or name it with IngestOptions.Columns.%s",
		ErrHeader, quoted(t.head), means, t.close(name), name, strings.ToUpper(name[:1])+name[1:])
}

// close names the column whose name is nearest to a wanted one.
func (t *table) close(want string) string {
	best := text.Closest(want, t.head)
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (%q is close to %q)", best, want)
}

func (t *table) plain(got columns) bool {
	return got.label >= 0 && plainName(t.head[got.path]) == "path" && plainName(t.head[got.label]) == "label"
}

// noteColumns says which columns were read, unless they bear the names that were asked for and
// there are no others.
func (t *table) noteColumns(got columns) {
	rest := t.free(got)
	if got.oneHot != nil {
		t.note("the columns %s are read as classes, of which each photo has one", quoted(t.names(got.oneHot)))
		rest = slices.DeleteFunc(rest, func(i int) bool { return slices.Contains(got.oneHot, i) })
	}
	unused := ""
	if len(rest) > 0 {
		unused = "; not used: " + quoted(t.names(rest))
	}
	switch {
	case got.label >= 0 && (!t.plain(got) || unused != ""):
		t.note("the column %q names the photo and %q its label%s", t.head[got.path], t.head[got.label], unused)
	case got.label < 0 && unused != "":
		t.note("the column %q names the photo%s", t.head[got.path], unused)
	}
	if i := t.first(groupLike, got); i >= 0 && got.group < 0 {
		t.note("if photos with the same %q must stay together when the set is split, add "+
			"IngestOptions.Columns.Group %s", t.head[i], t.head[i])
	}
}

const shownColumns = 12

func quoted(names []string) string {
	var out []string
	for _, n := range names[:min(len(names), shownColumns)] {
		out = append(out, fmt.Sprintf("%q", n))
	}
	if more := len(names) - shownColumns; more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}
