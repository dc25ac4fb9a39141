# Sets one string in a JSON document and leaves every other byte as it is: no program that comes
# with every system writes JSON back in the order and the spelling that it had.
#
# In the environment: JSON_PATH, the names that lead to the string, one a line, plain words; and
# JSON_VALUE, the string as JSON spells it. Exits with 3 where the document is not strictly JSON or
# has a name twice in one object, with 4 where something on the path is no object.

BEGIN {
    depth = split(ENVIRON["JSON_PATH"], path, "\n")
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

# Moves over what the pattern matches here and returns it.
function take(pattern,    rest) {
    rest = substr(text, at)
    if (!match(rest, pattern)) return ""
    at += RLENGTH
    return substr(rest, 1, RLENGTH)
}

# What is to stand in the place of text from here to there.
function splice(from, to, new) {
    cut_from = from
    cut_to = to
    piece = new
}

# A value; `on` names of the path lead to it, or it is off the path with -1.
function value(on, nesting,    first, from) {
    if (nesting > 100) exit 3
    from = at
    first = substr(text, at, 1)
    if (first == "{") object(on, nesting)
    else if (first == "[") array(nesting)
    else if (take(STRING) == "" && take(NUMBER) == "" && take(WORD) == "") exit 3
    if (on == depth) splice(from, at, ENVIRON["JSON_VALUE"])
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

function object(on, nesting,    brace, serial, wanted, found, lead, name, last, mark) {
    brace = at++
    serial = ++objects
    wanted = on >= 0 && on < depth
    lead = take(SPACE)
    if (take("^[}]") != "") {
        if (wanted) fill(on, brace)
        return
    }
    do {
        if (mark == ",") lead = take(SPACE)
        name = take(STRING)
        if (name == "" || (serial, name) in seen) exit 3
        # An escape may spell the very name that is looked for.
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
    } while (mark == ",")
    if (wanted && !found) append(on, last, lead)
}

# Puts what is missing behind an object's last member, indented as that one is.
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

# Puts what is missing into an empty object.
function fill(on, brace,    line) {
    line = substr(text, 1, brace - 1)
    sub(/^.*\n/, "", line)
    match(line, /^[ \t]*/)
    line = "\n" substr(line, 1, RLENGTH)
    splice(brace + 1, at - 1, line "  " member(on + 1, line "  ", "  ") line)
}

# The member of this name on the path with all that lies in it; `lead` stands before each line.
function member(i, lead, unit,    inner) {
    inner = ENVIRON["JSON_VALUE"]
    if (i < depth) inner = "{" lead unit member(i + 1, lead == "" ? "" : lead unit, unit) lead "}"
    return "\"" path[i] "\": " inner
}
