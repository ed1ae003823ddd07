"""Writes pictures with other programs and their rarer options, and what Pillow makes of each of them.

    python3 experiments/formats/make.py FOLDER [WIDTH HEIGHT]

It needs Python with Pillow, numpy and tifffile, and Debian's imagemagick, libjpeg-turbo-progs, libtiff-tools, webp and gifsicle.
FOLDER gets the files, reference/NAME.png, which is Pillow's picture, and files.csv with the means of its colours. Pillow's picture is turned by exif_transpose,
its transparent pixels are laid on white, and of 16 bits a sample the upper eight are kept. A file that Pillow cannot bring to
RGB has no reference; three that it misreads (16 bits in planes or with white as zero, a big-endian BigTIFF) are held against what they
were made from.
"""
import csv
import io
import os
import subprocess
import sys

import numpy as np
import tifffile
from PIL import Image, ImageOps

out = sys.argv[1]
W, H = [int(a) for a in sys.argv[2:4]] or (157, 117)
os.makedirs(f"{out}/reference", exist_ok=True)
rows = []


def picture():
    """Gradients, edges, saturated colours and some noise; both sides are odd."""
    y, x = np.mgrid[0:H, 0:W]
    a = np.stack([x * 255 / W, y * 255 / H, 128 + 100 * np.sin(x / 9) * np.cos(y / 7)], -1)
    for top, bottom, left, right, colour in ((20, 50, 20, 60, [220, 20, 30]), (60, 100, 30, 50, [20, 40, 200]),
                                             (30, 80, 90, 130, [250, 250, 250]), (90, 110, 100, 150, [5, 5, 5])):
        a[top * H // 117:bottom * H // 117, left * W // 157:right * W // 157] = colour
    return Image.fromarray((a + np.random.default_rng(0).normal(0, 3, a.shape)).clip(0, 255).astype("uint8"))


rgb = picture()
grey = rgb.convert("L")
pixels = np.array(rgb)
alpha = rgb.copy()
alpha.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, W).astype("uint8"), (H, 1))))
clear = rgb.quantize(64)
deep = (pixels.astype("uint32") * 257).astype("uint16")
rgb.save(f"{out}/source.ppm")
grey.save(f"{out}/source.pgm")
Image.fromarray(deep[..., 1]).save(f"{out}/deep.png")
alpha.save(f"{out}/alpha.png")


def reference(path):
    im = ImageOps.exif_transpose(Image.open(path))
    if im.mode.startswith("I;16"):
        return Image.fromarray((np.array(im) >> 8).astype("uint8")).convert("RGB")
    if im.mode in ("I", "F", "LAB"):
        raise ValueError("no RGB of " + im.mode)
    if "A" in im.mode or "a" in im.mode or "transparency" in im.info:
        im = im.convert("RGBA")
        im = Image.alpha_composite(Image.new("RGBA", im.size, "white"), im)
    return im.convert("RGB")


def add(name, how, known=None):
    """known is what the file was made from, for those that Pillow misreads."""
    means = ["", "", ""]
    try:
        im = known or reference(f"{out}/{name}")
        im.save(f"{out}/reference/{name}.png")
        means = [f"{m:.2f}" for m in np.array(im).mean((0, 1))]
    except Exception as e:
        print(name, "Pillow:", e)
    rows.append([name, how] + means)


def pillow(name, image, **options):
    image.save(f"{out}/{name}", **options)
    add(name, "Pillow " + " ".join(f"{k}={v}" for k, v in options.items() if k != "exif"))


def run(name, *command):
    command = [c.replace("@", f"{out}/") for c in command]
    done = subprocess.run(command, capture_output=True)
    if done.returncode or not os.path.exists(f"{out}/{name}"):
        sys.exit(f"{command}: {done.stderr.decode()}")
    add(name, " ".join(c.replace(f"{out}/", "") for c in command))


def cjpeg(name, *options, source="@source.ppm"):
    run(name, "cjpeg", "-quality", "90", *options, "-outfile", f"@{name}", source)


def convert(name, *options, source="@source.ppm"):
    run(name, "convert", source, *options, f"@{name}")


def tiff(name, array, known=None, **options):
    tifffile.imwrite(f"{out}/{name}", array, **options)
    add(name, "tifffile " + " ".join(f"{k}={v}" for k, v in options.items()) + (", against its source" if known else ""), known)


for sampling in ("1x1", "2x1", "1x2", "2x2", "4x1", "4x2", "1x4", "3x1"):
    cjpeg(f"sampling_{sampling}.jpg", "-sample", sampling)
cjpeg("sampling_mixed.jpg", "-sample", "2x2,1x2,2x1")
cjpeg("progressive.jpg", "-progressive")
cjpeg("progressive_restarts.jpg", "-progressive", "-restart", "3")
cjpeg("restarts.jpg", "-restart", "4B")
cjpeg("optimised.jpg", "-optimize", "-quality", "40")
cjpeg("quality_1.jpg", "-quality", "1")
cjpeg("quality_100.jpg", "-quality", "100", "-sample", "1x1")
cjpeg("rgb.jpg", "-rgb")
cjpeg("grey.jpg", "-grayscale")
cjpeg("arithmetic.jpg", "-arithmetic")
cjpeg("smooth_fastdct.jpg", "-smooth", "20", "-dct", "fast")
with open(f"{out}/scans.txt", "w") as f:
    f.write("0;\n1;\n2;\n")
cjpeg("one_scan_each.jpg", "-scans", "@scans.txt")
run("transposed.jpg", "jpegtran", "-transpose", "-outfile", "@transposed.jpg", "@sampling_2x1.jpg")
run("cropped.jpg", "jpegtran", "-crop", f"{W // 2}x{H // 2}+16+16", "-progressive", "-outfile", "@cropped.jpg", "@sampling_2x2.jpg")
pillow("cmyk.jpg", rgb.convert("CMYK"), quality=90)
convert("ycck.jpg", "-colorspace", "CMYK", "-quality", "90")
convert("progressive_cmyk.jpg", "-colorspace", "CMYK", "-quality", "90", "-interlace", "JPEG")
exif = Image.Exif()
exif[0x0112] = 7
pillow("turned.jpg", rgb, quality=90, exif=exif)
pillow("turned.png", rgb, exif=exif)
pillow("turned.webp", rgb, quality=90, exif=exif)
pillow("turned.tif", rgb, exif=exif)

pillow("one_bit.png", rgb.convert("1"))
pillow("palette.png", rgb.quantize(200))
pillow("palette_2_bits.png", rgb.quantize(4), bits=2)
pillow("palette_clear.png", clear, transparency=3)
pillow("grey.png", grey)
pillow("grey_clear.png", grey, transparency=250)
pillow("clear_colour.png", rgb, transparency=(250, 250, 250))
pillow("grey_alpha.png", alpha.convert("LA"))
pillow("alpha.png", alpha)
pillow("deep_grey.png", Image.fromarray(deep[..., 1]))
convert("deep.png", "-depth", "16", "-define", "png:bit-depth=16")
convert("deep_alpha.png", "-define", "png:bit-depth=16", source="@alpha.png")
convert("interlaced.png", "-interlace", "PNG")
convert("interlaced_palette.png", "-colors", "16", "-interlace", "PNG", "-type", "Palette")
convert("gamma.png", "-gamma", "1.0", "-set", "gamma", "0.9")
convert("grey_4_bits.png", "-colorspace", "Gray", "-depth", "4", "-define", "png:bit-depth=4", "-define", "png:color-type=0")

pillow("plain.gif", rgb.quantize(128))
pillow("clear.gif", clear, transparency=5)
pillow("animated.gif", clear, save_all=True, append_images=[clear.rotate(90)])
convert("interlaced.gif", "-interlace", "GIF")
convert("part_of_screen.gif", "-colors", "64", "-repage", f"{W + 43}x{H + 43}+20+30")
convert("part_clear.gif", "-colors", "64", "-repage", f"{W + 43}x{H + 43}+20+30", source="@alpha.png")
convert("two_colours.gif", "-monochrome")
run("gifsicle.gif", "gifsicle", "-O3", "--interlace", "-o", "@gifsicle.gif", "@animated.gif")

run("lossy.webp", "cwebp", "-q", "90", "@source.ppm", "-o", "@lossy.webp")
run("sharp.webp", "cwebp", "-q", "90", "-sharp_yuv", "-f", "60", "@source.ppm", "-o", "@sharp.webp")
run("lossy_alpha.webp", "cwebp", "-q", "90", "-alpha_q", "50", "@alpha.png", "-o", "@lossy_alpha.webp")
run("lossless.webp", "cwebp", "-lossless", "@source.ppm", "-o", "@lossless.webp")
run("lossless_alpha.webp", "cwebp", "-lossless", "-exact", "@alpha.png", "-o", "@lossless_alpha.webp")
run("near_lossless.webp", "cwebp", "-near_lossless", "40", "@source.ppm", "-o", "@near_lossless.webp")
run("gif2webp.webp", "gif2webp", "-mixed", "@animated.gif", "-o", "@gif2webp.webp")
run("animated_part.webp", "gif2webp", "-lossy", "@part_clear.gif", "-o", "@animated_part.webp")

pillow("plain.bmp", rgb)
pillow("grey.bmp", grey)
pillow("palette.bmp", rgb.quantize(64))
pillow("one_bit.bmp", rgb.convert("1"))
pillow("alpha.bmp", alpha)
convert("rle.bmp", "-colors", "32", "-type", "Palette", "-compress", "RLE")
convert("version_2.bmp", "-type", "TrueColor", "-define", "bmp:format=bmp2")
convert("version_3.bmp", "-define", "bmp:format=bmp3")
convert("version_4_alpha.bmp", "-define", "bmp:format=bmp4", source="@alpha.png")
convert("rgb565.bmp", "-define", "bmp:subtype=RGB565")
convert("rgb555.bmp", "-define", "bmp:subtype=RGB555")
convert("four_bits.bmp", "-colors", "16", "-type", "Palette", "-depth", "4")

for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "jpeg", "zstd", "lzma"):
    pillow(f"{compression}.tif", rgb, compression=compression)
for compression in ("group3", "group4", "tiff_ccitt", "raw"):
    pillow(f"one_bit_{compression}.tif", rgb.convert("1"), compression=compression)
pillow("grey_jpeg.tif", grey, compression="jpeg")
pillow("cmyk.tif", rgb.convert("CMYK"), compression="tiff_lzw")
pillow("cmyk_jpeg.tif", rgb.convert("CMYK"), compression="jpeg")
pillow("palette.tif", rgb.quantize(100))
pillow("grey_alpha.tif", alpha.convert("LA"))
pillow("alpha.tif", alpha, compression="packbits")
pillow("lab.tif", Image.merge("LAB", rgb.split()))
pillow("ycbcr.tif", rgb.convert("YCbCr"))
tiff("planes.tif", np.moveaxis(pixels, -1, 0), photometric="rgb", planarconfig="separate")
tiff("planes_tiles.tif", np.moveaxis(pixels, -1, 0), photometric="rgb", planarconfig="separate", tile=(32, 48), compression="deflate", predictor=True)
tiff("tiles.tif", pixels, photometric="rgb", tile=(64, 32), compression="lzw", predictor=True)
tiff("tiles_jpeg.tif", pixels, photometric="rgb", tile=(64, 64), compression="jpeg")
tiff("bigtiff.tif", pixels, photometric="rgb", bigtiff=True, rowsperstrip=10)
tiff("bigendian.tif", pixels, photometric="rgb", byteorder=">")
tiff("bigendian_big.tif", deep, rgb, photometric="rgb", byteorder=">", bigtiff=True)
tiff("deep.tif", deep, photometric="rgb", compression="deflate", predictor=True)
tiff("deep_planes.tif", np.moveaxis(deep, -1, 0), rgb, photometric="rgb", planarconfig="separate", byteorder=">")
tiff("deep_grey.tif", deep[..., 0], photometric="minisblack")
tiff("deep_white.tif", 65535 - deep[..., 0], rgb.getchannel(0).convert("RGB"), photometric="miniswhite")
tiff("pages.tif", np.stack([pixels, 255 - pixels]), photometric="rgb")
tiff("float.tif", pixels.astype("float32") / 255, photometric="rgb")
tiff("int32.tif", pixels[..., 0].astype("uint32"))
convert("grey_4_bits.tif", "-colorspace", "Gray", "-depth", "4")
convert("grey_2_bits.tif", "-colorspace", "Gray", "-depth", "2")
convert("white_is_zero.tif", "-colorspace", "Gray", "-define", "quantum:polarity=min-is-white")
convert("fill_order.tif", "-monochrome", "-define", "tiff:fill-order=lsb", "-compress", "Group4")
convert("premultiplied.tif", "-define", "tiff:alpha=associated", source="@alpha.png")
convert("ycbcr_jpeg.tif", "-compress", "JPEG", "-sampling-factor", "2x2")
convert("planes_lzw.tif", "-interlace", "Plane", "-compress", "LZW")
convert("palette_4_bits.tif", "-colors", "16", "-type", "Palette", "-depth", "4", "-compress", "RLE")
convert("strips_of_one_row.tif", "-define", "tiff:rows-per-strip=1", "-compress", "Zip")
run("group3_2d.tif", "tiffcp", "-c", "g3:2d", "@one_bit_group4.tif", "@group3_2d.tif")
run("group3_fill.tif", "tiffcp", "-c", "g3:1d:fill", "@one_bit_group4.tif", "@group3_fill.tif")
run("tiffcp_planes.tif", "tiffcp", "-p", "separate", "-c", "lzw:2", "@raw.tif", "@tiffcp_planes.tif")
run("tiffcp_big_lsb.tif", "tiffcp", "-8", "-L", "-f", "lsb2msb", "-c", "packbits", "@raw.tif", "@tiffcp_big_lsb.tif")
run("tiffcp_jpeg_raw.tif", "tiffcp", "-c", "jpeg:r:95", "-t", "-w", "64", "-l", "64", "@raw.tif", "@tiffcp_jpeg_raw.tif")
run("tiffcp_bigendian_zip.tif", "tiffcp", "-B", "-c", "zip:2", "-r", "7", "@deep.tif", "@tiffcp_bigendian_zip.tif")

for name in ("source.ppm", "source.pgm", "scans.txt"):
    os.remove(f"{out}/{name}")
with open(f"{out}/files.csv", "w", newline="") as f:
    csv.writer(f).writerows([["file", "written by", "red", "green", "blue"]] + rows)
print(len(rows), "files")
