// Package imaging turns image files into numbers: it decodes, turns upright,
// resizes, augments and normalises.
//
// Load makes a Raster of 8-bit planes from the bytes of a PNG, JPEG, GIF (its
// first frame), BMP, WebP or TIFF file, told apart by their content. Palettes,
// 1 to 16 bits a channel, grey, CMYK and transparency are all brought to 8-bit
// red, green and blue over a background colour. A raster is small and can be
// cached; Normalize and Augment.Apply write it as float32 into a batch, without
// allocation.
//
// Resizing is antialiased, with the filter, the fixed-point weights and the
// rounding of Pillow's Image.resize(size, BILINEAR), and gives the same bytes.
// JPEG and lossy WebP themselves leave some freedom: chroma is repeated over
// the pixels that share it, where libjpeg interpolates, so that single pixels
// near sharp coloured edges differ by more, averages by less than one level.
//
// The package never trusts a file: it checks size and pixels (see MaxFileBytes
// and the other limits) before a decoder allocates, and turns a decoder's panic
// into an error. It opens no file but through an os.Root, and knows neither
// tables nor graphs.
package imaging
