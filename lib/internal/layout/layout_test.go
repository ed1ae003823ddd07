package layout

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSide(t *testing.T) {
	tests := map[string]string{ // what people have named folders, to the side
		Train: "train training Train TRAIN trn training_set Training-Set TrainingSet trainset train_data " +
			"traindata train1 train_images seg_train " +
			"stage_1_train_images_png train2017 train_val trainval Trainingsdaten entrenamiento treino 训练集 训练用图片 " +
			"訓練データ 訓練用データ 学習用画像 訓練デ\u30fcタ 訓練テ\u3099\u30fcタ 학습 훈련 훈련데이터 학습_데이터셋 학습용이미지 " +
			"Trainingsbilder Trainingsdatensatz latih data_latih",
		Val: "val valid validation Val2 val_images valset dev dev_set devset validation-data VALIDATION " +
			"Validierung validación 验证集 検証データ 검증 검증데이터 Validierungsbilder " +
			"Validierungsdatensatz validasi minival minival2014",
		Test: "test testing test_set Test Images test1 test_stage1 testset testdata eval evaluation holdout " +
			"hold-out held_out seg_test " +
			"Testdaten prueba teste 测试集 test-dev test_dev2017 测试图片 テストデータ " +
			"テスト用画像 테스트 테스트데이터 Testbilder Testdatensatz uji data_uji",
		"": "cat trained protest contest latest testosterone attest evaluator device develop1er trainer invalid " +
			"value validator valley " +
			"1 2023 images data unlabeled prediction train_cats test_and_dev_set train_test val_test . " +
			"データ 画像 图片 데이터 bilder 训练员 訓練犬 훈련사 testament trainingsschuh",
	}
	for want, names := range tests {
		for _, name := range strings.Fields(strings.ReplaceAll(names, "Test Images", "Test+Images")) {
			if got := Side(name); got != want {
				t.Errorf("Side(%q) = %q, want %q", name, got, want)
			}
		}
	}
}

func TestAlike(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"cat", "Cat", true}, {"T-shirt", "tshirt", true}, {"hot dog", "hot_dog", true}, {"cafe\u0301", "caf\u00e9", true},
		{"1", "01", true}, {"1", "1.0", true}, {"TRUE", "True", true}, {"\uff11", "1", true},
		{"1", "10", false}, {"C", "C++", false}, {"+", "-", false}, {"0", "00", true}, {"cat", "cats", false},
		{"10", "1.0", false}, {"1.5", "15", false},
	}
	for _, tt := range tests {
		if got := Alike(tt.a) == Alike(tt.b); got != tt.same {
			t.Errorf("%q and %q are alike: %v, want %v (%q, %q)", tt.a, tt.b, got, tt.same, Alike(tt.a), Alike(tt.b))
		}
	}
}

func TestLeaveOut(t *testing.T) {
	tests := []struct {
		reason, names string
		folder, left  bool
	}{
		{"what phones, Windows, network drives and tools leave", "LOST.DIR found.000 FOUND.017 trashbox Recycle+Bin " +
			"TheVolumeSettingsFolder _gsdata_ [Originals] files_trashbin PaxHeaders PaxHeaders.1234 @eaDir", true, true},
		{"libraries of photo programs", "Photos.migratedphotolibrary Session.cocatalog A.lrlibrary A.lrdata", true, true},
		{"things and kinds of waste are classes", "recycled Recycled recycle recycling found found.1 lost lost.directory " +
			"originals Originals trash bin paxheaders2 cat.lr", true, false},
		{"small copies of a network drive", "SYNOFILE_THUMB_M.jpg SYNOFILE_THUMB_1.jpg", false, true},
		{"photos", "1.jpg thumb.jpg synofile.jpg LOST.DIR", false, false},
	}
	for _, tt := range tests {
		for _, name := range strings.Fields(tt.names) {
			name = strings.ReplaceAll(name, "+", " ")
			if got := LeaveOut(name, tt.folder); (got != "") != tt.left {
				t.Errorf("%s: LeaveOut(%q, %v) = %q, want a reason: %v", tt.reason, name, tt.folder, got, tt.left)
			}
		}
	}
}

// TestOrder: the order in which a disk lists files changes nothing.
func TestOrder(t *testing.T) {
	var photos []string
	for _, side := range []string{"seg_train", "seg_test", "pred"} {
		for _, class := range []string{"sea", "Sea", "street"} {
			for i := range 3 {
				photos = append(photos, fmt.Sprintf("%s/%s/%d.jpg", side, class, i))
			}
		}
	}
	first := Read(photos, nil, 0)
	turned := slices.Clone(photos)
	slices.Reverse(turned)
	second := Read(turned, nil, 0)
	slices.Reverse(second.Places)
	if !slices.Equal(first.Places, second.Places) || !slices.Equal(first.Notes, second.Notes) {
		t.Errorf("%v\n%v", first, second)
	}
}

// FuzzRead: whatever the folders are called, each photo has one place, and a class or a reason not
// to have one.
func FuzzRead(f *testing.F) {
	f.Add("train/cat/1.jpg\ntrain/dog/2.jpg\ntest/3.jpg", 0)
	f.Add("fold1/train/a/1.jpg\nfold2/test/b/1.jpg\nx.jpg", 2)
	f.Add("a/\r/0\n0/0", 2)
	f.Add("cat/1.jpg\nRECYCLED/Dc1.jpg\nrecycled/1.jpg", 1)
	f.Add("a/images/1.png\na/masks/1_mask.png\n /unlabelled/1.png", -1)
	f.Fuzz(func(t *testing.T, tree string, depth int) {
		var photos, dirs []string
		for p := range strings.SplitSeq(tree, "\n") {
			if p != "" && !strings.HasPrefix(p, "/") && !strings.HasSuffix(p, "/") && !strings.Contains(p, "//") {
				photos = append(photos, p)
				dirs = append(dirs, strings.Split(p, "/")[0])
			}
		}
		l := Read(photos, dirs, depth%5)
		if len(l.Places) != len(photos) {
			t.Fatalf("%d places of %d photos", len(l.Places), len(photos))
		}
		for i, p := range l.Places {
			told := p.Left != "" || p.Stray || p.Class != "" || l.Kind == Unlabeled
			if !told || p.Left != "" && p.Class != "" || p.Side != "" && p.Side != Train && p.Side != Val && p.Side != Test {
				t.Errorf("%q in a layout of %s: %+v", photos[i], l.Kind, p)
			}
		}
	})
}
