package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// window describes how a kernel slides over an image; each pair is (vertical, horizontal).
type window struct{ kernel, stride, padding [2]int }

// orOne replaces zeros, which mean the default, with ones.
func orOne(p [2]int) [2]int { return [2]int{max(p[0], 1), max(p[1], 1)} }

// out is the output size for an (H, W) image.
func (w window) out(h, wd int) (oh, ow int) {
	oh = (h+2*w.padding[0]-w.kernel[0])/w.stride[0] + 1
	ow = (wd+2*w.padding[1]-w.kernel[1])/w.stride[1] + 1
	return oh, ow
}

// check reports what is invalid about w for x, which is (B, C, H, W).
func (w window) check(x tensor.Shape) error {
	for i := range 2 {
		if w.kernel[i] < 1 || w.stride[i] < 1 || w.padding[i] < 0 {
			return fmt.Errorf("kernel %v, stride %v, padding %v: want sizes of at least 1 and no negative padding", w.kernel, w.stride, w.padding)
		}
		if x[2+i]+2*w.padding[i] < w.kernel[i] {
			return fmt.Errorf("the image %v with padding %v is smaller than the kernel %v", x, w.padding, w.kernel)
		}
	}
	return nil
}

// images checks that x is a batch of images.
func images(x tensor.Shape) error {
	if len(x) != 4 {
		return fmt.Errorf("x %v is not a batch of images: want (B, C, H, W)", x)
	}
	return nil
}

// clip is the part of the window at position o that lies inside an axis of length n.
func clip(o, kernel, stride, padding, n int) (lo, hi int) {
	lo = o*stride - padding
	return max(lo, 0), min(lo+kernel, n)
}
