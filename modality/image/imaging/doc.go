// Package imaging turns image files into numbers: it decodes, rotates upright, resizes, augments
// and normalises.
//
// Load reads a Raster of 8-bit planes from a PNG, JPEG, GIF (first frame), BMP, WebP or TIFF file;
// the format is detected from its content. Palettes, 1 to 16 bits per channel, grey, CMYK and
// transparency are all converted to 8-bit red, green and blue over a background colour. A raster is
// small and can be cached. Variants that cannot be read the way Pillow reads them (planar,
// floating-point or JPEG-compressed TIFF, grey with transparency in TIFF, CMYK JPEG without Adobe's
// marker, 16 bits per pixel in BMP) are refused by name. Normalize and Augment.Apply write a raster
// as float32 into a batch without allocating.
//
// Resizing is antialiased: the filter, the fixed-point weights and the rounding are those of
// Pillow's Image.resize(size, BILINEAR), and so are the resulting bytes (within one level where
// Pillow runs its two passes in the other order). Lossless files yield Pillow's pixels; JPEG and
// lossy WebP are within 3 levels of them. So a Python program feeds an exported model the same
// pixels that the model was trained on.
//
// The package never trusts a file: it checks file size and pixels (see MaxFileBytes and the other
// limits) before a decoder allocates, and turns a decoder's panic into an error. It opens files
// only through an os.Root, and knows neither tables nor graphs.
package imaging
