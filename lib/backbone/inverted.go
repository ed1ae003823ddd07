package backbone

import "fmt"

// inverted is an inverted residual block (Sandler et al. 2018): a 1x1 convolution to many
// channels, a depthwise convolution, for some networks a squeeze-and-excitation, and a 1x1
// convolution to few.
type inverted struct {
	kernel, stride int
	wide, out      int // channels of the depthwise convolution and of the result
	squeeze        int // channels of the squeeze-and-excitation; 0: there is none
	pad            Padding
	act            Activation
	inner, gate    Activation // of the squeeze-and-excitation
}

// blockKeys names the parts of a block in one layout of published files.
type blockKeys struct {
	expand, depthwise, project [2]string // convolution and batch norm
	reduce, widen              string    // of the squeeze-and-excitation
}

// layers is the block for an input of in channels; keys has an entry for each layout.
func (b inverted) layers(name string, in int, keys ...blockKeys) []Layer {
	part := func(of func(blockKeys) [2]string) (conv, norm Keys) {
		for _, k := range keys {
			pair := of(k)
			conv, norm = append(conv, pair[0]), append(norm, pair[1])
		}
		return conv, norm
	}
	var list []Layer
	if b.wide != in {
		conv, norm := part(func(k blockKeys) [2]string { return k.expand })
		list = append(list, Conv{Name: name + ".expand", Keys: conv, NormKeys: norm, Width: b.wide, Act: b.act})
	}
	conv, norm := part(func(k blockKeys) [2]string { return k.depthwise })
	list = append(list, Conv{Name: name + ".depthwise", Keys: conv, NormKeys: norm, Depthwise: true, Kernel: b.kernel,
		Stride: b.stride, Pad: b.pad, Act: b.act})
	if b.squeeze > 0 {
		reduce, widen := part(func(k blockKeys) [2]string { return [2]string{k.reduce, k.widen} })
		list = append(list, SqueezeExcite{Name: name + ".squeeze",
			Reduce: Conv{Name: name + ".squeeze.reduce", Keys: reduce, Width: b.squeeze, Act: b.inner},
			Expand: Conv{Name: name + ".squeeze.expand", Keys: widen, Width: b.wide, Act: b.gate}})
	}
	conv, norm = part(func(k blockKeys) [2]string { return k.project })
	list = append(list, Conv{Name: name + ".project", Keys: conv, NormKeys: norm, Width: b.out})
	if b.stride == 1 && b.out == in {
		return []Layer{Residual{Name: name, Body: list}}
	}
	return list
}

// timmBlock names the parts as timm does, for block j of stage i, both from 0.
func timmBlock(i, j int, expands bool) blockKeys {
	at := fmt.Sprintf("blocks.%d.%d.", i, j)
	k := blockKeys{reduce: at + "se.conv_reduce", widen: at + "se.conv_expand"}
	if expands {
		k.expand = [2]string{at + "conv_pw", at + "bn1"}
		k.depthwise, k.project = [2]string{at + "conv_dw", at + "bn2"}, [2]string{at + "conv_pwl", at + "bn3"}
	} else {
		k.depthwise, k.project = [2]string{at + "conv_dw", at + "bn1"}, [2]string{at + "conv_pw", at + "bn2"}
	}
	return k
}

// torchvisionBlock names the parts as torchvision does in the block that at names: its layers are
// counted.
func torchvisionBlock(at string, expands, squeezes bool) (k blockKeys) {
	n := 0
	next := func() [2]string {
		n++
		return [2]string{fmt.Sprintf("%s.%d.0", at, n-1), fmt.Sprintf("%s.%d.1", at, n-1)}
	}
	if expands {
		k.expand = next()
	}
	k.depthwise = next()
	if squeezes {
		k.reduce, k.widen = fmt.Sprintf("%s.%d.fc1", at, n), fmt.Sprintf("%s.%d.fc2", at, n)
		n++
	}
	k.project = next()
	return k
}
