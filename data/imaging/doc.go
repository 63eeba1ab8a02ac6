// Package imaging turns image files into numbers: it decodes, turns upright,
// resizes, augments and normalises.
//
// Load makes a Raster of 8-bit planes from the bytes of a PNG, JPEG, GIF (its
// first frame), BMP, WebP or TIFF file, told apart by their content. Palettes,
// 1 to 16 bits a channel, grey, CMYK and transparency are all brought to 8-bit
// red, green and blue over a background colour. A raster is small and can be
// cached. Variants that cannot be read as Pillow reads them (planar, floating-point
// or JPEG-compressed TIFF, grey with transparency in TIFF, CMYK JPEG without Adobe's
// marker, 16 bits a pixel in BMP) are refused by name. Normalize and Augment.Apply
// write a raster as float32 into a batch, without allocation.
//
// Resizing is antialiased: the filter, the fixed-point weights and the rounding
// are those of Pillow's Image.resize(size, BILINEAR), and so are the bytes
// (within one level where Pillow takes its two passes in the other order).
// Lossless files give Pillow's pixels; JPEG and lossy WebP are within 3 levels
// of them. What a Python program feeds to an exported model is thus what the
// model was trained on.
//
// The package never trusts a file: it checks size and pixels (see MaxFileBytes
// and the other limits) before a decoder allocates, and turns a decoder's panic
// into an error. It opens no file but through an os.Root, and knows neither
// tables nor graphs.
package imaging
