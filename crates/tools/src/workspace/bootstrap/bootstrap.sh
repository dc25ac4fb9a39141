#!/bin/sh
# Sets up the current directory for a Co-Vibe workspace: the rules and the MCP server for Cursor, Claude
# Code and VS Code, a block in AGENTS.md, and the API key in .env.local. Existing content is kept; a
# second run changes nothing. Git asks the server for the Gitea token, by a helper in its global
# settings. The argument --undo removes what a run added.
#
# This script does not contain the key: it reads VIBN_API_KEY or asks for it. All code is in
# functions and the last line is a single command, so an incomplete download runs nothing.

set -eu

slug='@slug@'
mcp_url='@mcp_url@'
# shellcheck disable=SC2016 # text, not commands
rules='@rules@'
git_origin='@git_origin@'
# shellcheck disable=SC2016 # git runs it
git_helper='@git_helper@'
# shellcheck disable=SC2016 # an awk program
json_set='@json_set@'

vscode_inputs='[
    { "id": "vibn-api-key", "type": "promptString", "description": "Co-Vibe API key", "password": true }
  ]'

rules_begin='<!-- co-vibe: begin -->'
rules_end='<!-- co-vibe: end -->'

say() {
  printf '  %-10s %s\n' "$1" "$2"
}

problem() {
  printf 'co-vibe: %s\n' "$1" >&2
}

stop() {
  problem "$1"
  exit 1
}

restore_terminal() {
  [ -n "$terminal" ] || return 0
  stty "$terminal" </dev/tty
  terminal=
  printf '\n' >/dev/tty
}

# shellcheck disable=SC2317 # the trap calls it
clean() {
  restore_terminal
  [ -z "$work" ] || rm -rf "$work"
}

ask_key() {
  (: </dev/tty) 2>/dev/null ||
    stop 'VIBN_API_KEY is not set, and no terminal is available. Export it and run this again.'
  terminal=$(stty -g </dev/tty)
  stty -echo </dev/tty
  printf 'API key of the workspace %s (input is hidden): ' "$slug" >/dev/tty
  # Not read: some shells handle an interrupt only after it returns a line.
  key=$(head -n 1 </dev/tty)
  restore_terminal
}

find_key() {
  key=${VIBN_API_KEY:-}
  [ -n "$key" ] || ask_key
  case $key in
    *[!A-Za-z0-9_-]*) ;;
    vibn_sk_*) [ "${#key}" -ne 51 ] || return 0 ;;
  esac
  stop 'Not a Co-Vibe API key: expected vibn_sk_ and 43 letters, digits, - or _. Nothing was written.'
}

# Whether the file can be written: it is a writable regular file, or does not exist.
writable() {
  if [ -L "$1" ]; then
    problem "$1 is a symbolic link, which is not followed. Replace it with a file."
  elif [ ! -e "$1" ] || { [ -f "$1" ] && [ -r "$1" ] && [ -w "$1" ]; }; then
    return 0
  elif [ -f "$1" ]; then
    problem "You can't read and write $1. It was not changed."
  else
    problem "$1 exists but is not a regular file."
  fi
  return 1
}

# Whether the directory exists or could be created.
folder() {
  if [ -L "$1" ]; then
    problem "$1 is a symbolic link, which is not followed. Replace it with a directory."
  elif [ -d "$1" ]; then
    return 0
  elif [ -e "$1" ]; then
    problem "$1 exists but is not a directory."
  elif mkdir "$1"; then
    return 0
  fi
  return 1
}

# Whether the file is text. awk would lose parts of a binary file.
is_text() {
  # shellcheck disable=SC2094 # both only read it
  tr -d '\000' <"$1" | cmp -s - "$1" && return 0
  problem "$1 is not a text file. It was not changed."
  return 1
}

# Atomically replaces the second file with the first, unless they are equal.
put() {
  if [ ! -e "$2" ]; then
    mv "$1" "$2" || return 1
    say wrote "$2"
  elif cmp -s "$1" "$2"; then
    say unchanged "$2"
  else
    # A copy of the existing file keeps its mode.
    cp -p "$2" "$work/copy" || return 1
    cat "$1" >"$work/copy" || return 1
    mv -f "$work/copy" "$2" || return 1
    say changed "$2"
  fi
}

# Prints the file with our block, which replaces an older block or is appended.
with_block() {
  awk -v begin="$rules_begin" -v end="$rules_end" -v block="$work/block" '
    function put() { while ((getline line < block) > 0) print line }
    { mark = $0; sub(/\r$/, "", mark) }
    mark == begin { if (seen++) exit; inside = 1; put(); next }
    mark == end { if (!inside) { seen = 2; exit } inside = 0; next }
    !inside { print }
    END {
      if (inside || seen > 1) exit 3
      if (!seen) { if (NR) print ""; put() }
    }' "$1"
}

# Writes the file with our block. A new file begins with the second file.
write_block() {
  writable "$1" || return 1
  printf '%s\n' "$rules_begin" "$rules" "$rules_end" >"$work/block" || return 1
  if [ -e "$1" ]; then
    is_text "$1" || return 1
    if ! with_block "$1" >"$work/rules"; then
      problem "The markers of the Co-Vibe block in $1 are inconsistent. It was not changed."
      return 1
    fi
  else
    cat "$2" "$work/block" >"$work/rules" || return 1
  fi
  put "$work/rules" "$1"
}

write_rules() {
  folder .cursor || return 1
  rules_file=.cursor/rules
  # Older versions of Cursor use a single file.
  if [ -L .cursor/rules ] || [ ! -f .cursor/rules ]; then
    folder .cursor/rules || return 1
    rules_file=.cursor/rules/co-vibe.mdc
  fi
  printf -- '---\ndescription: The Co-Vibe workspace %s\nglobs:\nalwaysApply: true\n---\n\n' \
    "$slug" >"$work/head" || return 1
  write_block "$rules_file" "$work/head"
}

# Prints the document with one string of our server: the document, the names, the string.
set_member() {
  JSON_PATH="$servers
vibn-$slug
$2" JSON_VALUE="\"$3\"" awk "$json_set" "$1"
}

# Writes the first file's JSON document with our MCP server into the second file.
with_server() {
  document=$1
  if [ -n "$server_type" ]; then
    set_member "$document" type "$server_type" >"$work/typed" || return
    document=$work/typed
  fi
  set_member "$document" url "$mcp_url" >"$work/half" || return
  set_member "$work/half" "headers
Authorization" "Bearer $server_key" >"$2"
  [ -n "$inputs" ] || return 0
  mv "$2" "$work/half" || return
  JSON_PATH=inputs JSON_VALUE=$inputs awk "$json_set" "$work/half" >"$2"
}

# Merges our MCP server into a file: its name, the member with the servers, the type of the server,
# the reference to the key.
write_server() {
  server_file=$1 servers=$2 server_type=$3 server_key=$4
  writable "$server_file" || return 1
  printf '{}\n' >"$work/empty" || return 1
  mcp_present=$server_file
  if [ -s "$mcp_present" ]; then
    is_text "$mcp_present" || return 1
  else
    mcp_present=$work/empty
  fi
  merged=0
  if [ "$(($(wc -c <"$mcp_present")))" -gt 262144 ]; then
    merged=5
  elif [ -n "$inputs" ] && grep -q '"inputs"' "$mcp_present"; then
    # A second run. Inputs of others are in a list, which is not merged.
    grep -q '"vibn-api-key"' "$mcp_present" || merged=6
    new_inputs=$inputs inputs=
    [ "$merged" = 6 ] || with_server "$mcp_present" "$work/mcp" || merged=$?
    inputs=$new_inputs
  else
    with_server "$mcp_present" "$work/mcp" || merged=$?
  fi
  case $merged in
    0)
      put "$work/mcp" "$server_file"
      return
      ;;
    3) problem "$server_file is not strict JSON: it may have comments or a duplicate name." ;;
    4) problem "$server_file: $servers or an entry below it is not an object." ;;
    6) problem "$server_file has other inputs." ;;
    *) problem "$server_file can't be merged." ;;
  esac
  problem 'It was not changed. Add this to it yourself:'
  with_server "$work/empty" "$work/mcp" && cat "$work/mcp" >&2
  return 1
}

write_cursor() {
  folder .cursor || return 1
  inputs=
  # shellcheck disable=SC2016 # Cursor expands the key, not this shell
  write_server .cursor/mcp.json mcpServers '' '${env:VIBN_API_KEY}'
}

write_claude() {
  inputs=
  # shellcheck disable=SC2016 # Claude Code expands the key, not this shell
  write_server .mcp.json mcpServers http '${VIBN_API_KEY}'
}

# VS Code asks for the key and stores it; it expands no environment variables in headers.
write_vscode() {
  folder .vscode || return 1
  inputs=$vscode_inputs
  # shellcheck disable=SC2016 # VS Code expands the key, not this shell
  write_server .vscode/mcp.json servers http '${input:vibn-api-key}'
}

ask_git() {
  git -c core.fsmonitor=false "$@"
}

# Whether this directory is in a repository, even one that git can't read.
below_git() {
  above=$(pwd -P)
  while [ ! -e "$above/.git" ]; do
    [ -n "$above" ] || return 1
    above=${above%/*}
  done
}

# Sets git_answers if git can tell what it tracks and ignores here. Fails if there is a repository
# that git can't read.
find_git() {
  git_answers=
  if [ "$(ask_git rev-parse --is-inside-work-tree 2>/dev/null)" = true ]; then
    git_answers=1
  elif below_git; then
    problem "git can't report what it tracks here (try git status)."
    return 1
  fi
}

is_ignored() {
  if [ -n "$git_answers" ]; then
    ask_git check-ignore -q -- .env.local
  else
    # There may be a repository here later.
    [ -f .gitignore ] && awk '
      { sub(/\r$/, "") }
      $0 == ".env.local" || $0 == "/.env.local" { ignored = 1 }
      $0 == "!.env.local" || $0 == "!/.env.local" { ignored = 0 }
      END { exit !ignored }' .gitignore
  fi
}

# Makes git ignore .env.local.
ignore() {
  is_ignored && return 0
  writable .gitignore || return 1
  if [ -e .gitignore ]; then
    is_text .gitignore || return 1
    awk '{ print }' .gitignore >"$work/ignore" || return 1
  fi
  printf '.env.local\n' >>"$work/ignore" || return 1
  put "$work/ignore" .gitignore || return 1
  is_ignored && return 0
  problem "git does not ignore .env.local, though .gitignore says so (try git check-ignore -v)."
  return 1
}

may_hold_key() {
  writable .env.local && find_git || return 1
  if [ -n "$git_answers" ] && ask_git ls-files --error-unmatch -- ':(icase).env.local' >/dev/null 2>&1
  then
    problem 'git tracks .env.local. Untrack it first: git rm --cached .env.local'
    return 1
  fi
  ignore
}

with_key() {
  VIBN_API_KEY=$key VIBN_WORKSPACE=$slug VIBN_MCP_URL=$mcp_url awk '
    BEGIN {
      count = split("VIBN_API_KEY VIBN_WORKSPACE VIBN_MCP_URL", names, " ")
      for (i = 1; i <= count; i++) ours[names[i]] = names[i] "=" ENVIRON[names[i]]
    }
    {
      line = $0
      sub(/^[ \t]*(export[ \t]+)?/, "", line)
      name = substr(line, 1, index(line, "=") - 1)
      sub(/[ \t]+$/, "", name)
      if (!(name in ours)) print
      else if (!seen[name]++) print substr($0, 1, length($0) - length(line)) ours[name]
    }
    END { for (i = 1; i <= count; i++) if (!seen[names[i]]) print ours[names[i]] }' "$1"
}

write_key() {
  if ! may_hold_key; then
    problem 'The key was not written to .env.local.'
    return 1
  fi
  present=/dev/null
  if [ -e .env.local ]; then
    is_text .env.local || return 1
    present=.env.local
  fi
  (umask 077 && with_key "$present" >"$work/env") || return 1
  put "$work/env" .env.local || return 1
  if [ -n "$(find .env.local -prune \( -perm -040 -o -perm -004 \))" ]; then
    say note 'other users can read .env.local; to prevent that: chmod 600 .env.local'
  fi
}

# Prints the helpers that git has for Gitea, a line each.
git_helpers() {
  ask_git config --global --get-all "credential.$git_origin.helper" 2>/dev/null
}

# Whether git has no helpers for Gitea but those of Co-Vibe. An empty one keeps other helpers, which would
# store the token, from being asked.
has_our_helpers() {
  ! git_helpers | grep -v '^$' | grep -vqF '/git-credential; }; f'
}

forget_helpers() {
  ! git_helpers >/dev/null || ask_git config --global --unset-all "credential.$git_origin.helper"
}

# Lets git ask the server for the Gitea token, so that no file holds it.
write_git() {
  [ -n "$git_origin" ] && command -v git >/dev/null 2>&1 || return 0
  if [ "$(git_helpers)" = "
$git_helper" ]; then
    say unchanged "git's credential helper"
  elif ! has_our_helpers; then
    problem "git has another credential helper for $git_origin. It was not changed."
    return 1
  else
    forget_helpers &&
      ask_git config --global --add "credential.$git_origin.helper" '' &&
      ask_git config --global --add "credential.$git_origin.helper" "$git_helper" || return 1
    say changed "git's credential helper for $git_origin"
  fi
}

undo_git() {
  [ -n "$git_origin" ] && command -v git >/dev/null 2>&1 || return 0
  [ -n "$(git_helpers)" ] && has_our_helpers || return 0
  forget_helpers && say removed "git's credential helper for $git_origin"
}

show_next() {
  printf '\nNext: start your client from a shell that has the key.\n\n'
  if [ "$key_written" = 1 ]; then
    # shellcheck disable=SC2016 # shown, not run
    printf '  set -a; . ./.env.local; set +a\n'
  else
    printf '  export VIBN_API_KEY=...\n'
  fi
  printf '  cursor .    # or: claude\n\nIts MCP server is vibn-%s. For Codex, run once:\n\n' "$slug"
  printf '  codex mcp add vibn-%s --url %s --bearer-token-env-var VIBN_API_KEY\n' "$slug" "$mcp_url"
}

# Removes a file that nothing is left of.
drop() {
  rm -f "$1" && say removed "$1"
}

# Replaces a file by the rest of it, or removes it if only blanks are left of it.
keep_rest() {
  if tr -d ' \t\r\n' <"$1" | cmp -s - /dev/null; then
    drop "$2"
  else
    put "$1" "$2"
  fi
}

# Removes our block and the empty line before it.
undo_block() {
  [ -e "$1" ] || return 0
  writable "$1" && is_text "$1" || return 1
  if ! awk -v begin="$rules_begin" -v end="$rules_end" '
    { mark = $0; sub(/\r$/, "", mark) }
    mark == begin { if (seen++) exit; inside = 1; held = 0; next }
    mark == end { if (!inside) { seen = 2; exit } inside = 0; next }
    inside { next }
    held { print blank; held = 0 }
    mark == "" { blank = $0; held = 1; next }
    { print }
    END {
      if (inside || seen > 1) exit 3
      if (held) print blank
    }' "$1" >"$work/rules"; then
    problem "The markers of the Co-Vibe block in $1 are inconsistent. It was not changed."
    return 1
  fi
  # What a new file began with.
  ! cmp -s "$work/rules" "$2" || : >"$work/rules"
  keep_rest "$work/rules" "$1"
}

undo_rules() {
  printf -- '---\ndescription: The Co-Vibe workspace %s\nglobs:\nalwaysApply: true\n---\n' \
    "$slug" >"$work/head" || return 1
  if [ -f .cursor/rules ]; then
    undo_block .cursor/rules "$work/head"
  else
    undo_block .cursor/rules/co-vibe.mdc "$work/head"
  fi
}

# Removes our server from a file: its name, the member with the servers.
undo_server() {
  [ -s "$1" ] || return 0
  writable "$1" && is_text "$1" || return 1
  if ! JSON_PATH="$2
vibn-$slug" JSON_VALUE='' awk "$json_set" "$1" >"$work/mcp"; then
    problem "$1 is not strict JSON and was not changed. Delete vibn-$slug from it yourself."
    return 1
  fi
  undo_inputs "$work/mcp" || return 1
  # Only what a new file would hold is left.
  if [ "$(tr -d ' \t\r\n' <"$work/mcp")" = "{\"$2\":{}}" ]; then
    drop "$1"
  else
    put "$work/mcp" "$1"
  fi
}

# Removes our input from a document if it is the only one and no other server uses it.
undo_inputs() {
  # shellcheck disable=SC2016 # as VS Code spells it
  ! grep -qF '${input:vibn-api-key}' "$1" && grep -q '"vibn-api-key"' "$1" || return 0
  JSON_PATH=inputs JSON_VALUE=$vscode_inputs awk "$json_set" "$1" >"$work/ours" || return 1
  cmp -s "$work/ours" "$1" || return 0
  JSON_PATH=inputs JSON_VALUE='' awk "$json_set" "$work/ours" >"$1"
}

undo_key() {
  [ -e .env.local ] || return 0
  writable .env.local && is_text .env.local || return 1
  (umask 077 && awk '
    {
      line = $0
      sub(/^[ \t]*(export[ \t]+)?/, "", line)
      name = substr(line, 1, index(line, "=") - 1)
      sub(/[ \t]+$/, "", name)
    }
    name !~ /^VIBN_(API_KEY|WORKSPACE|MCP_URL)$/' .env.local >"$work/env") || return 1
  keep_rest "$work/env" .env.local
}

undo() {
  printf 'Removing the Co-Vibe workspace %s:\n' "$slug"
  undo_rules || failed=1
  undo_block AGENTS.md /dev/null || failed=1
  undo_server .cursor/mcp.json mcpServers || failed=1
  undo_server .mcp.json mcpServers || failed=1
  undo_server .vscode/mcp.json servers || failed=1
  undo_key || failed=1
  undo_git || failed=1
  # Those that others use are not empty.
  rmdir .cursor/rules .cursor .vscode 2>/dev/null || :
  say kept '.gitignore, which may list .env.local'
}

set_up() {
  printf 'Co-Vibe workspace %s:\n' "$slug"
  write_rules || failed=1
  write_block AGENTS.md /dev/null || failed=1
  write_cursor || failed=1
  write_claude || failed=1
  write_vscode || failed=1
  write_key || failed=1 key_written=0
  write_git || failed=1
  show_next
}

main() {
  # Treat text as bytes in every locale.
  LC_ALL=C
  export LC_ALL
  work='' terminal='' failed=0 key_written=1
  trap clean EXIT
  trap 'clean; exit 129' HUP
  trap 'clean; exit 130' INT
  trap 'clean; exit 143' TERM
  case ${1:-} in
    '') find_key ;;
    --undo) ;;
    *) stop "Unknown argument: expected --undo or none. Nothing was changed." ;;
  esac
  # In this directory, so that files can be replaced atomically, and hidden from git.
  work=$(mktemp -d ./.co-vibe.XXXXXX) || stop "This directory is not writable. Nothing was changed."
  printf '*\n' >"$work/.gitignore"
  if [ -n "${1:-}" ]; then undo; else set_up; fi
  [ "$failed" = 0 ] || stop 'Some steps failed: see above.'
  exit 0
}

{ main "$@" </dev/null; }
