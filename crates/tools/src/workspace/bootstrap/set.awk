# Sets or removes one member in a JSON document and leaves every other byte unchanged. No commonly
# installed program preserves the order and spelling of JSON.
#
# Environment: JSON_PATH holds the names that lead to the member, one per line, as plain words;
# JSON_VALUE holds its value as JSON, and is empty to remove it. Exits with 3 if the document is not
# strict JSON or an object has a duplicate name, with 4 if something on the path is not an object.

BEGIN {
    depth = split(ENVIRON["JSON_PATH"], path, "\n")
    removes = ENVIRON["JSON_VALUE"] == ""
    cut_from = cut_to = 1
    SPACE = "^[ \t\r\n]*"
    HEX = "[0-9A-Fa-f]"
    ESCAPE = "\\\\([\"\\\\/bfnrt]|u" HEX HEX HEX HEX ")"
    STRING = "^\"([^\"\\\\\001-\037]|" ESCAPE ")*\""
    NUMBER = "^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?"
    WORD = "^(true|false|null)"
}

{ text = text $0 "\n" }

END {
    at = 1
    take(SPACE)
    value(0, 0)
    take(SPACE)
    if (at <= length(text)) exit 3
    ORS = ""
    print substr(text, 1, cut_from - 1) piece substr(text, cut_to)
}

# Consumes and returns what the pattern matches at the current position.
function take(pattern,    rest) {
    rest = substr(text, at)
    if (!match(rest, pattern)) return ""
    at += RLENGTH
    return substr(rest, 1, RLENGTH)
}

# Replaces a range of the text in the output.
function splice(from, to, new) {
    cut_from = from
    cut_to = to
    piece = new
}

# Parses a value. `on` is its depth on the path, or -1 if it is not on the path.
function value(on, nesting,    first, from) {
    if (nesting > 100) exit 3
    from = at
    first = substr(text, at, 1)
    if (first == "{") object(on, nesting)
    else if (first == "[") array(nesting)
    else if (take(STRING) == "" && take(NUMBER) == "" && take(WORD) == "") exit 3
    if (on == depth) { if (!removes) splice(from, at, ENVIRON["JSON_VALUE"]) }
    else if (on >= 0 && first != "{") exit 4
}

function array(nesting,    mark) {
    at++
    take(SPACE)
    if (take("^[]]") != "") return
    do {
        take(SPACE)
        value(-1, nesting + 1)
        take(SPACE)
        mark = take("^[],]")
        if (mark == "") exit 3
    } while (mark == ",")
}

function object(on, nesting,    brace, serial, wanted, found, lead, name, last, mark, comma) {
    brace = at++
    serial = ++objects
    wanted = on >= 0 && on < depth
    lead = take(SPACE)
    if (take("^[}]") != "") {
        if (wanted && !removes) fill(on, brace)
        return
    }
    do {
        comma = mark == "," ? at - 1 : 0
        if (comma) lead = take(SPACE)
        name = take(STRING)
        if (name == "" || (serial, name) in seen) exit 3
        # An escape sequence may spell the wanted name.
        if (wanted && index(name, "\\u")) exit 3
        seen[serial, name] = 1
        take(SPACE)
        if (take("^:") == "") exit 3
        take(SPACE)
        if (wanted && name == "\"" path[on + 1] "\"") {
            found = 1
            value(on + 1, nesting + 1)
        } else value(-1, nesting + 1)
        last = at
        take(SPACE)
        mark = take("^[,}]")
        if (mark == "") exit 3
        if (removes && found == 1 && on + 1 == depth) found = remove(brace, comma, last, mark)
    } while (mark == ",")
    if (wanted && !found && !removes) append(on, last, lead)
}

# Removes the member that ends at `last`, together with the comma before or after it.
function remove(brace, comma, last, mark) {
    if (comma) splice(comma, last, "")
    else if (mark == ",") splice(brace + 1, at, "")
    else splice(brace + 1, at - 1, "")
    return 2
}

# Appends the missing members to an object, indented like its last member.
function append(on, last, lead,    indent, unit) {
    if (lead !~ /\n/) {
        splice(last, last, "," lead member(on + 1, "", ""))
        return
    }
    indent = lead
    sub(/^.*\n/, "", indent)
    unit = substr(indent, 1, int(length(indent) / (on + 1)))
    splice(last, last, ",\n" indent member(on + 1, "\n" indent, unit == "" ? "  " : unit))
}

# Adds the missing members to an empty object.
function fill(on, brace,    line) {
    line = substr(text, 1, brace - 1)
    sub(/^.*\n/, "", line)
    match(line, /^[ \t]*/)
    line = "\n" substr(line, 1, RLENGTH)
    splice(brace + 1, at - 1, line "  " member(on + 1, line "  ", "  ") line)
}

# Returns the i-th member of the path with its contents. `lead` precedes each line.
function member(i, lead, unit,    inner) {
    inner = ENVIRON["JSON_VALUE"]
    if (i < depth) inner = "{" lead unit member(i + 1, lead == "" ? "" : lead unit, unit) lead "}"
    return "\"" path[i] "\": " inner
}
