"""Reads rows of JSON as the model was trained to read its table.

Needs nothing but Python. A cell is the text that the file holds: the characters of a
string, the digits of a number as they are written (1.0 is not 1), true or false. What
a text means is said by the rule of its column, in "cells" of preprocessing.json. What
a rule does not provide for is refused, never guessed: docs/cells.md of Chiasm has all
cases.
"""

import datetime
import json
import math
import os
import re
import stat
import struct
import unicodedata

LARGEST = 3.4028234663852886e38  # that float32 holds
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
LITERAL = re.compile(r"true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
SPACE = re.compile(r"[ \t\r\n]*")
DEEPEST = 500  # that an object or array of a column that is not read may be
HALF = re.compile("[\ud800-\udfff]")


# What stands between groups of digits, with what else people write for it.
MARKS = {"": "\0", "'": "'\u2019", " ": " \u00a0\u202f\u2009"}


URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://|data:)", re.IGNORECASE)
IMAGE = re.compile(r"\.(?:png|jpe?g|gif|bmp|webp|tiff?)[\"'\]]*$", re.IGNORECASE)


ARRAY = re.compile(r"\.npy$", re.IGNORECASE)
NPY = re.compile(r"\{'descr': '([<>|=]?)([fiu][1248])', 'fortran_order': (?:True|False), 'shape': \(([0-9]{1,9}),\), ?\} *\n?")
TYPES = {"f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q"}


class Digits(str):
    """A number of JSON, which has a point and no groups, whatever texts have."""


class Refused(ValueError):
    """A row that cannot be used, and why."""


class NotUTF8(str):
    """A cell whose bytes are no text."""


def shown(text):
    return json.dumps(text if len(text) <= 40 else text[:40] + "…", ensure_ascii=False)


def lines(content):
    """The lines of a file that are not blank, each behind its number."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
    for number, line in enumerate(content.split(b"\n"), 1):
        line = line.strip(b" \t\r")
        if line:
            yield number, line


class Line:
    """One line of JSON, read from left to right. Python's own reader would forget how a
    number is written, and let the last of two equal keys win."""

    def __init__(self, line):
        self.text, self.at, self.broken = line.decode("utf-8", "replace"), 0, False
        if "\ufffd" in self.text:  # it stands for bytes that are no UTF-8, or for itself
            self.broken = self.text.encode() != line

    def pass_over(self, end):
        self.at = SPACE.match(self.text, end).end()

    def has(self, sign):
        """Whether a sign comes next; it is then passed over."""
        if not self.text.startswith(sign, self.at):
            return False
        self.pass_over(self.at + len(sign))
        return True

    def wrong(self, expected):
        return Refused(f"the line is not JSON: expected {expected} at character {self.at + 1}")

    def string(self):
        if not self.text.startswith('"', self.at):
            raise self.wrong("a string")
        try:
            value, end = json.JSONDecoder().raw_decode(self.text, self.at)
        except ValueError:
            raise self.wrong("a string as JSON writes it") from None
        if HALF.search(value):
            raise Refused("half of a surrogate pair (\\ud800 to \\udfff) stands alone")
        self.pass_over(end)
        return value

    def key(self):
        name = self.string()
        if not self.has(":"):
            raise self.wrong(":")
        return name

    def nested(self):
        """Passes over an object or array, whose cell is empty."""
        ends = []
        while True:
            end = "]" if self.has("[") else "}" if self.has("{") else None
            if end is None:
                self.cell(True)
            elif not self.has(end):
                ends.append(end)
                if len(ends) > DEEPEST:
                    raise Refused(f"the value is an object or an array of more than {DEEPEST} levels")
                if end == "}":
                    self.key()
                continue
            while ends and not self.has(","):
                if not self.has(ends[-1]):
                    raise self.wrong(", or " + ends[-1])
                ends.pop()
            if not ends:
                return None
            if ends[-1] == "}":
                self.key()

    def cell(self, read, lists=False):
        """The text of a cell; None for null. One that is not read may be anything, and one
        of a column of lists an array."""
        if self.text.startswith('"', self.at):
            return self.string()
        if self.text.startswith(("{", "["), self.at):
            if lists and self.text.startswith("[", self.at):
                begin = self.at
                self.nested()
                return self.text[begin : self.at]
            if read:
                raise Refused("the value is an object or an array")
            return self.nested()
        found = LITERAL.match(self.text, self.at)
        if not found:
            raise self.wrong("a value")
        self.pass_over(found.end())
        digits = found.group()
        return None if digits == "null" else digits if digits in ("true", "false") else Digits(digits)

    def row(self, columns, lists=()):
        """The cells of the line, by column, of which the model reads some, and some of
        these as lists of numbers."""
        if not self.has("{"):
            raise Refused("expected a JSON object")
        cells, more = {}, not self.has("}")
        while more:
            column = self.string()
            if not column or "\0" in column or "\ufeff" in column:
                raise Refused("a column has no name, or one that nobody sees")
            if self.broken and "\ufffd" in column:
                raise Refused("the line is not UTF-8")
            if column in cells:
                raise Refused(f"column {shown(column)}: the key occurs twice")
            if not self.has(":"):
                raise self.wrong(":")
            try:
                cells[column] = self.cell(column in columns, column in lists)
            except Refused as e:
                raise Refused(f"column {shown(column)}: {e}") from None
            if self.broken and "\ufffd" in (cells[column] or ""):
                cells[column] = NotUTF8()  # refused where the model reads it
            more = self.has(",")
            if not more and not self.has("}"):
                raise self.wrong(", or }")
        if self.at < len(self.text):
            raise Refused("the line goes on after its object")
        return cells


def text_of(value):
    """A value of Python as the text of a cell; a float has the shortest digits that mean it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return Digits(value)
    if isinstance(value, float):
        return Digits(repr(value).removesuffix(".0"))
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        return json.dumps(value.tolist() if hasattr(value, "tolist") else list(value))
    raise Refused(f"the value is a {type(value).__name__}, expected a text or a number")


def read(rule, text, folder="."):
    """What a cell means by the rule of its column: a number or a text; None where it is
    missing and may be. Files that it names lie in the folder."""
    try:
        if isinstance(text, NotUTF8):
            raise Refused("the cell is not UTF-8")
        if text is not None and "\0" in text:
            raise Refused("the cell holds a NUL byte")
        markers = rule.get("missing_values", ())
        if text is None or text == "" or text in markers or text.strip(" \t") in markers:
            if rule["missing"] == "error":
                raise Refused("the cell is missing, and the model was trained on rows that all have it")
            return None
        if rule["as"] == "date":
            values = date(rule["date"], str(text))
            near(rule, values[-1], text)
            return values
        if rule["as"] == "numbers":
            if rule.get("arrays") and not isinstance(text, Digits) and ARRAY.search(text.strip()):
                path = image_file(rule, folder, text.strip())
                return None if path is None else fitted(rule, array(path))
            return number_list(rule, text)
        return number(rule, text) if rule["as"] == "number" else text
    except Refused as e:
        raise Refused(f"column {shown(rule['column'])}: {e}") from None


def plain(numbers, digits):
    """A number as texts of the table write it, with a point and without groups."""
    thousands, point = numbers.get("thousands", ""), numbers.get("decimal", ".")
    for mark in MARKS.get(thousands, thousands):
        found = re.fullmatch(
            rf"([+-]?)([0-9]*|[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+)(?:{re.escape(point)}([0-9]*))?([eE][+-]?[0-9]+)?", digits
        )
        if found:
            sign, whole, rest, exponent = found.groups()
            return sign + whole.replace(mark, "") + ("" if rest is None else "." + rest) + (exponent or "")
    return ""


def date(rule, text):
    """A date as the numbers that the rule names; without a zone it is in UTC."""
    found = re.fullmatch(rule["pattern"], text.strip(" \t"))
    try:
        if not found:
            raise ValueError
        parts = {field: part or "" for field, part in zip(rule["fields"], found.groups())}
        if "epoch" in parts or "epoch_ms" in parts:
            since, more = divmod(int(parts.get("epoch_ms", "0")), 1000)
            when = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=since + int(parts.get("epoch", "0")))
            return date_parts(rule, when, f"{more:03d}" if more else parts.get("fraction", ""))
        hour = int(parts.get("hour") or 0)
        if "half" in parts:
            if not 1 <= hour <= 12:
                raise ValueError
            hour = hour % 12 + (12 if parts["half"][:1] in ("P", "p") else 0)
        at = datetime.time(hour, *(int(parts.get(p) or 0) for p in ("minute", "second")))
        when = datetime.datetime.combine(day_named(rule, parts), at)
        zone = parts.get("zone", "Z")
        if zone[:1] in ("+", "-"):
            digits = (zone[1:].replace(":", "") + "00")[:4]
            hours, minutes = int(digits[:2]), int(digits[2:])
            if hours > 23 or minutes > 59:
                raise ValueError
            shift = datetime.timedelta(hours=hours, minutes=minutes)
            when = when + shift if zone[0] == "-" else when - shift
    except (KeyError, ValueError, OverflowError):
        raise Refused(f"{shown(text)} is no date as {rule['name']}") from None
    return date_parts(rule, when, parts.get("fraction", ""))


def month_named(months, word):
    """The number of the only month of which a name begins with a word."""
    marked = unicodedata.normalize("NFD", word.lower().removesuffix("."))
    plain = "".join(c for c in marked if unicodedata.category(c) != "Mn")
    (month,) = (i for i, names in enumerate(months, 1) if any(name.startswith(plain) for name in names))
    if len(plain) < 3:
        raise ValueError
    return month


def day_named(rule, parts):
    """The day that the fields of a date name. A month begins with its first day, a quarter
    with its first month, a week is its Thursday, and a time of day is on no date."""
    if "hour" in rule["fields"] and "year" not in rule["fields"]:
        return datetime.date(1970, 1, 1)
    if "week" in parts:
        return datetime.date.fromisocalendar(int(parts["iso_year"]), int(parts["week"]), int(parts.get("weekday") or 4))
    year = int(parts["year"])
    if len(parts["year"]) == 2:  # as strptime of POSIX
        year += 1900 if year >= 69 else 2000
    if "quarter" in parts:
        return datetime.date(year, 3 * int(parts["quarter"]) - 2, 1)
    month = parts["month"]
    return datetime.date(year, int(month) if month.isdigit() else month_named(rule["months"], month), int(parts.get("day") or 1))


def date_parts(rule, when, fraction):
    """The numbers of a time in UTC, with what is behind its seconds."""
    seconds = (when - datetime.datetime(1970, 1, 1)) // datetime.timedelta(seconds=1) + int((fraction + "0" * 9)[:9]) / 1e9
    turns = {"month": (when.month - 1, 12), "weekday": (when.weekday(), 7), "hour": (when.hour, 24), "time": (seconds, 86400)}
    values = {"year": float(when.year), "age_days": (rule["newest"] - seconds) / 86400, "hours": seconds / 3600}
    for name, (place, of) in turns.items():
        angle = 2 * math.pi * place / of
        values[name + "_sin"], values[name + "_cos"] = (math.floor(v * 1e12 + 0.5) / 1e12 for v in (math.sin(angle), math.cos(angle)))
    return [values[part] for part in rule["parts"]]


BLANKS = " \t\u00a0\u202f\u2009"  # between a number and its unit


def without_unit(text, unit):
    """A number without the unit behind it or before it: 12 kg, $5, -$5, $-5."""
    text = text.strip(BLANKS)
    if text.endswith(unit):
        return text[: -len(unit)].rstrip(BLANKS)
    sign = text[:1] if text[:1] in ("+", "-") else ""
    rest = text[len(sign) :].lstrip(BLANKS)
    return sign + rest[len(unit) :].lstrip(BLANKS) if rest.startswith(unit) else text


def number(rule, text):
    digits = text
    if not isinstance(text, Digits):
        digits = without_unit(text, rule["unit"]) if "unit" in rule else text
        digits = plain(rule.get("numbers", {}), digits.strip(" \t"))
    if not NUMBER.fullmatch(digits):
        raise Refused(f"{shown(text)} is not a number")
    value = float(digits)
    if abs(value) > LARGEST:
        raise Refused(f"{shown(text)} is too large")
    near(rule, value, text)
    return value


def number_list(rule, text):
    """The numbers of a list: of JSON, or with spaces between them; NaN where there may be
    fewer."""
    if text.strip().startswith("["):
        line = Line(text.strip().encode("utf-8", "surrogatepass"))
        values, more = [], line.has("[") and not line.has("]")
        while more:
            digits = line.cell(True)
            if not isinstance(digits, Digits):
                raise Refused(f"{shown(text)} is no list of numbers")
            values.append(float(digits))
            more = line.has(",")
            if not more and not line.has("]"):
                raise Refused(f"{shown(text)} is no list of numbers")
        if line.at < len(line.text):
            raise Refused(f"{shown(text)} is no list of numbers")
    else:
        values = [number({"numbers": rule.get("numbers", {})}, word) for word in text.split()]
    if any(not abs(v) <= LARGEST for v in values):
        raise Refused(f"{shown(text)}: a number is too large")
    return fitted(rule, values)


def fitted(rule, values):
    """A list that is as long as the rule says."""
    size = rule.get("list")
    if not values:
        raise Refused("the list has no numbers")
    if size is None or len(values) == size["length"]:
        return values
    if len(values) > size["length"] and size.get("long"):
        return values[: size["length"]]
    if len(values) < size["length"] and size.get("short"):
        return values + [math.nan] * (size["length"] - len(values))
    raise Refused(f"the list has {len(values)} numbers, expected {size['length']}")


def array(path):
    """The numbers of a .npy file of one axis, as Chiasm reads them: floats of 4 and 8
    bytes and integers, little-endian, finite."""
    if os.path.getsize(path) > 32 << 20:
        raise Refused("the .npy file is larger than 32 MiB")
    with open(path, "rb") as f:
        b = f.read()
    wrong = Refused("the .npy file cannot be read: it is no array of one axis of finite little-endian numbers, or has more or fewer bytes")
    if b[:6] != b"\x93NUMPY" or len(b) < 12 or b[6] not in (1, 2, 3):
        raise wrong
    at = 10 if b[6] == 1 else 12
    end = at + int.from_bytes(b[8:at], "little")
    found = NPY.fullmatch(b[at:end].decode("latin1")) if end - at <= 10000 else None
    kind = found and TYPES.get(found[2])
    if not kind or found[1] == ">" and found[2][1] != "1" or int(found[3]) * int(found[2][1]) != len(b) - end:
        raise wrong
    values = [float(v[0]) for v in struct.iter_unpack("<" + kind, b[end:])]
    if not all(abs(v) <= LARGEST for v in values):
        raise wrong
    return values


def near(rule, value, text):
    """Refuses a number, or the age of a date, that the model could not use."""
    if "range" in rule and not rule["range"][0] <= value <= rule["range"][1]:
        raise Refused(f"{shown(text)} lies more than 1e9 standard deviations from the mean of the training rows")


def image_file(rule, folder, cell):
    """The path of an image, which lies in the folder; None where there is none and may be."""
    root = os.path.realpath(folder)
    path, why, parts = root, None, cell.split("/")
    if URL.match(cell):
        why, parts = "it is a URL, and nothing is fetched", []
    elif os.path.isabs(cell):
        why, parts = "the path leads out of the files folder", []
        for base in (os.path.abspath(folder), root):
            way = os.path.relpath(os.path.normpath(cell), base)
            if why and inside(base, os.path.normpath(cell)):
                why, parts = None, way.split("/")
    try:
        for part in parts:
            path = os.path.join(path, part)
            if not inside(root, os.path.normpath(path)) or not inside(root, os.path.realpath(path)):
                why = "the path leads out of the files folder"
                break
            mode = os.stat(path).st_mode  # in order, as a file system finds it
        if not why and not stat.S_ISREG(mode):
            why = "it is no file"
    except FileNotFoundError:
        listed = sum(bool(IMAGE.search(part.strip())) for part in re.split(r"[;|,\n]", cell)) > 1
        if rule["missing"] == "mask" and not listed:
            return None
        why = "there is no such file in the files folder"
    except (OSError, ValueError) as e:
        why = str(e)
    if why:
        raise Refused(f"column {shown(rule['column'])}: file {shown(cell)}: {why}")
    return path


def inside(root, path):
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
