package layout

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The sides of a split.
const (
	Train = "train"
	Val   = "val"
	Test  = "test"
)

// unlabelled is what a folder is whose photos wait for a label: no side, and no class.
const unlabelled = "unlabelled"

// sideWords are what people call the sides, written as [tokens] writes words. Whoever says dev
// means what others call validation; eval and holdout are tests.
var sideWords = bareKeys(map[string]string{
	"train": Train, "training": Train, "trn": Train, "trainval": Train,
	"entrenamiento": Train, "treino": Train, "treinamento": Train, "entrainement": Train, "apprentissage": Train,
	"trainings": Train, "addestramento": Train, "latih": Train,
	"训练": Train, "訓練": Train, "学習": Train, "학습": Train, "훈련": Train,

	"val": Val, "valid": Val, "validation": Val, "validate": Val, "validating": Val, "dev": Val, "development": Val,
	"validierung": Val, "validierungs": Val, "validacion": Val, "validacao": Val, "convalida": Val,
	"validasi": Val, "minival": Val, "验证": Val, "驗證": Val, "検証": Val, "검증": Val,

	"test": Test, "testing": Test, "tests": Test, "tst": Test, "eval": Test, "evaluation": Test, "evaluate": Test,
	"holdout": Test, "heldout": Test, "prueba": Test, "pruebas": Test, "teste": Test, "prova": Test,
	"uji": Test, "测试": Test, "測試": Test, "テスト": Test, "테스트": Test,

	"unlabeled": unlabelled, "unlabelled": unlabelled, "unlabel": unlabelled, "unsup": unlabelled,
	"unsupervised": unlabelled,
	"nolabel":      unlabelled, "nolabels": unlabelled, "unannotated": unlabelled,
	"pred": unlabelled, "predict": unlabelled, "prediction": unlabelled, "predictions": unlabelled,
	"inference": unlabelled,
})

// weakWords say "unlabelled" only beside folders that are sides: alone they may well be a class.
var weakWords = []string{"pred", "predict", "prediction", "predictions", "inference"}

// fillers say nothing of a side or a class: "Train Set", "test_images", "stage_1_train_images_png".
var fillers = words(`set sets data dataset datasets datos donnees daten dati dados images image imgs img
		imagenes photos photo pictures picture pics pic fotos folder folders dir split splits
		sample samples seg part final new my original originals orig raw resized full small
		cropped crop crops processed jpg jpeg jpegs png files file the of for v stage
		classification cls public private aug augmented tiny mini clean cleaned unzipped zip copy
		all archive input to by with single only de bilder datensatz
		集 数据 数据集 數據 數據集 資料 資料集 图片 圖片 图像 圖像 画像 写真 用 データ データセット
		데이터 데이터셋 데이터세트 이미지 사진 용`)

// parts are what folders are called that hold a portion of the photos, each with all the classes.
var parts = words(`fold folds kfold cv batch session sessions shard chunk part round run day week month
		camera cam site source location year`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[bare(w)] = true
	}
	return set
}

// bare is a word without accents.
func bare(word string) string {
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) {
			return -1
		}
		return c
	}, norm.NFD.String(word))
}

func bareKeys(sides map[string]string) map[string]string {
	out := make(map[string]string, len(sides))
	for word, side := range sides {
		out[bare(word)] = side
	}
	return out
}

// plainSides are the names that need no note.
var plainSides = map[string]string{
	"train": Train, "training": Train, "val": Val, "valid": Val, "validation": Val, "test": Test, "testing": Test,
}

// Side returns the side that a folder's name stands for, or nothing: "Training", "test_set",
// "seg_train", "dev", "Val2".
func Side(name string) string {
	side, rest := sideOf(name)
	if rest != "" || side == unlabelled {
		return ""
	}
	return side
}

// sideOf returns the side that a name speaks of, and what else it says: "asl_alphabet_train" is
// train, "asl alphabet".
func sideOf(name string) (side, rest string) {
	var sides, others []string
	said := tokens(name)
	for _, w := range said {
		s := wordSide(w)
		switch {
		case s != "":
			sides = append(sides, s)
		case !isFiller(w):
			others = append(others, w)
		}
	}
	slices.Sort(sides)
	sides = slices.Compact(sides)
	rest = strings.Join(others, " ")
	switch {
	case len(sides) == 1:
		return sides[0], rest
	case slices.Equal(sides, []string{Train, Val}): // "train_val": what is not the test
		return Train, rest
	case slices.Equal(sides, []string{Test, Val}) && slices.Contains(said, "dev"): // "test-dev"
		return Test, rest
	case testUnlabelled(sides, rest), len(sides) == 0 && slices.Contains(noLabels, rest):
		return unlabelled, ""
	case len(sides) == 0 && slices.Contains([]string{"tolabel", "tobelabeled", "tobelabelled"},
		strings.Join(said, "")):
		return unlabelled, ""
	case len(sides) == 0 && (rest == "hold out" || rest == "held out"):
		return Test, ""
	}
	return "", rest
}

// wordSide is the side of one word, which may have grown together with a filler: "trainset",
// "testdata".
func wordSide(w string) string {
	if s, ok := sideWords[w]; ok {
		return s
	}
	if len(w) > longestWord {
		return ""
	}
	for i := range w {
		if s, ok := sideWords[w[:i]]; ok && isFiller(w[i:]) {
			return s
		}
	}
	return ""
}

// longestWord is the length, in bytes, above which a name is no such word.
const longestWord = 80

// isFiller reports whether a word is a filler, or several in a script that sets no blanks between
// words: "用画像".
func isFiller(w string) bool {
	if fillers[w] {
		return true
	}
	if w == "" || w[0] < utf8.RuneSelf || len(w) > longestWord {
		return false
	}
	for i := range w {
		if fillers[w[:i]] && isFiller(w[i:]) {
			return true
		}
	}
	return false
}

// tokens are the words of a name, lower case and without accents; digits and signs part them, and
// so does a capital after a small letter.
func tokens(name string) []string {
	var out []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	small := false
	for _, c := range bare(name) {
		switch {
		case !unicode.IsLetter(c):
			flush()
		default:
			if small && unicode.IsUpper(c) {
				flush()
			}
			word.WriteRune(unicode.ToLower(c))
		}
		small = unicode.IsLower(c)
	}
	flush()
	return out
}

// isHolder reports whether a name says no more than that there are photos: "images", "data",
// "JPEGImages".
func isHolder(name string) bool {
	ts := tokens(name)
	for _, w := range ts {
		if !isFiller(w) {
			return false
		}
	}
	return len(ts) > 0
}

// isPart reports whether a name says that a portion of the photos is inside: "fold_3", "batch2",
// "2023".
func isPart(name string) bool {
	ts := tokens(name)
	if len(ts) == 0 {
		return len(name) == 4 && (name[:2] == "19" || name[:2] == "20")
	}
	found := false
	for _, w := range ts {
		found = found || parts[w]
		if !parts[w] && !fillers[w] {
			return false
		}
	}
	return found && strings.ContainsFunc(name, unicode.IsDigit)
}
