"""What a person types into a cell, as GoNB takes it, and what its errors mean."""

import difflib
import os
import re

DECLARATION = re.compile(r"(import|const|var|type|func)\b")
OPEN_END = re.compile(r"([-+*/%&|^<>=!,.(\[{:]|&&|\|\|)$")


def top_level(code):
    """The numbers of the lines on which something begins outside all brackets, strings and comments, with their text."""
    depth, quote, lines, going_on = 0, "", [], False
    for number, line in enumerate(code.split("\n")):
        begins, seen = depth == 0 and not quote and not going_on, ""
        if begins and re.match(r"\s*[%!]", line):  # a command of GoNB
            continue
        at = 0
        while at < len(line):
            two, one = line[at:at + 2], line[at]
            at += 1
            if quote == "*/":
                quote, at = ("", at + 1) if two == "*/" else (quote, at)
            elif quote:
                if one == "\\" and quote != "`":
                    at += 1
                elif one == quote:
                    quote, seen = "", seen + one
            elif two == "//":
                break
            elif two == "/*":
                quote, at = "*/", at + 1
            else:
                quote = one if one in "\"'`" else ""
                depth += (one in "([{") - (one in ")]}")
                seen += one
        quote = quote if quote in ("`", "*/") else ""
        if seen.strip():
            if begins:
                lines.append((number, seen.strip()))
            going_on = depth == 0 and bool(OPEN_END.search(seen.rstrip()))
    return lines


def completed(code):
    """The cell as GoNB takes it, and where a line was added, in characters, or None.

    GoNB takes a cell for declarations unless a line "%%" says that a program begins. Here it begins by itself, at the first
    statement. A "?" behind a name asks for its documentation."""
    question = re.fullmatch(r"\s*\??([A-Za-z_][\w./]*)\s*\?*\s*", code)
    if question and "?" in code:
        return documentation(question[1]), None
    if re.search(r"^\s*(%%|%main|%test|%exec|%wasm|%%\w+|func\s+main\s*\()", code, re.M):
        return code, None
    lines = top_level(code)
    if all(DECLARATION.match(text) for _, text in lines):
        return code, None
    first = next(number for number, text in lines if not re.match(r"(import|type|func)\b", text))
    at = sum(len(line) + 1 for line in code.split("\n")[:first])
    return code[:at] + "%%\n" + code[at:], at


def documentation(name):
    """The command that shows the documentation of a package or of one of its names."""
    package, _, rest = name.partition(".")
    folder = folder_of(package)
    path = "./" + os.path.relpath(folder, REPO) if folder else package
    return "!cd '%s' && go doc %s %s 2>&1 | grep -v GOPROXY=off" % (REPO, path, rest)


def folder_of(package):
    """The folder of a package of the checkout, or nothing."""
    for top in "lib", "notebooks":
        for root, folders, files in os.walk(os.path.join(REPO, top)):
            folders[:] = sorted(f for f in folders if f not in ("testdata", "internal"))
            if os.path.basename(root) == package and any(f.endswith(".go") for f in files):
                return root
    return ""


def names_of(package, pattern=r"^(?:func|type|var|const|\t)\s*([A-Z]\w*)"):
    """The exported names of a package of the checkout; of its lines, what the pattern picks."""
    names, folder = set(), folder_of(package)
    for file in os.listdir(folder) if folder else []:
        if file.endswith(".go") and not file.endswith("_test.go"):
            with open(os.path.join(folder, file), encoding="utf-8") as source:
                names.update(re.findall(pattern, source.read(), re.M))
    return names


def misspelt(code, package):
    """Which name of the package is none."""
    names = names_of(package)
    for name in re.findall(r"\b%s\.([A-Za-z_]\w*)" % re.escape(package), code):
        if names and name not in names:
            return "Package %s has no %s. %s" % (package, name, instead(package + ".", name, names))
    return ""


def no_method(owner, kind, name):
    package, _, kind = kind.lstrip("*").rpartition(".")
    methods = names_of(package, r"^func \(\w+ \*?%s\) ([A-Z]\w*)" % re.escape(kind))
    return "%s has no %s. %s" % (owner, name, instead(owner + ".", name, methods))


def instead(before, name, names):
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return "Did you mean %s%s?" % (before, near[0]) if near else "Type %s and press Tab to see what there is." % before


def made(code):
    """The names that a cell gives to values."""
    found = re.findall(r"^\s*(?:var\s+)?([A-Za-z_][\w, ]*?)\s*(?::=|=|\s\S+\s*=)", code, re.M)
    return {name.strip() for names in found for name in names.split(",")}


def undefined(code, name, before):
    if name in before:
        return ("%s was made in another cell. Values do not go from cell to cell, only what is declared outside a program does: "
                "save it in a file, or make it again here." % name)
    return misspelt(code, name) or (
        "Nothing is called %s here. Names of packages and functions are completed by Tab; capital letters count." % name)


# Errors of beginners, as patterns of what the compiler says, and what they mean.
WORDS = [
    (r"declared and not used: (\w+)", lambda m, *_: "Go wants every value to be used. Show it with fmt.Println(%s), or delete the line." % m[1]),
    (r"(\w+)\.\w+ undefined \(type (\S+) has no field or method (\w+)", lambda m, *_: no_method(m[1], m[2], m[3])),
    (r"undefined: (\w+\.\w+)", lambda m, code, _: misspelt(code, m[1].split(".")[0])),
    (r"undefined: (\w+)", lambda m, code, before: undefined(code, m[1], before)),
    (r"illegal rune literal|more than one character in rune", lambda *_: "Text stands between double quotes: \"hello\"."),
    (r"import path must be a string", lambda *_: "A cell needs no import: write the package's name, as in strings.ToUpper, and it is found."),
    (r"missing ',' before newline|expected '\)'", lambda *_: "A bracket is not closed, or a comma is missing at the end of the line."),
    (r"expected '\{', found", lambda *_: "Go's loops and conditions look like this: for i := range 3 { ... }  and  if x > 1 { ... }"),
    (r"(?:used as value|assignment mismatch).*error|\(value of type error\)",
     lambda *_: "The call also returns an error. nbui.Must(...) around it ends the cell with the error's words."),
]


def explained(error, code, before):
    """A sentence about what an error of the compiler means, or nothing. before are the names that other cells made."""
    for pattern, words in WORDS:
        match = re.search(pattern, error)
        if match:
            said = words(match, code, before)
            if said:
                return said
    return ""
