'use strict';

// Starts the native program that this package has for this machine, and ends as it ends.

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

// How long a signal that this process sends itself may take, in milliseconds.
const PATIENCE = 1000;

function fail(role, status, problem, hint) {
  process.stderr.write(`${role}: ${problem}\nHint: ${hint}\n`);
  process.exit(status);
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// npm makes only the files executable that package.json names as commands, and some stores lose the rest's modes.
function makeExecutable(file) {
  try {
    fs.chmodSync(file, 0o755);
  } catch {
    return false;
  }
  return isExecutable(file);
}

function packaged(role) {
  const platform = `${process.platform}-${process.arch}`;
  const { platforms } = JSON.parse(fs.readFileSync(path.join(ROOT, 'manifest.json'), 'utf8'));
  const known = platforms.find((each) => each.platform === platform);
  if (!known) {
    const supported = platforms.map((each) => each.platform).join(', ');
    const hint = 'Run it on one of these, or set COVIBE_BINARY to the path of a covibe-local built for this platform.';
    fail(role, NOT_FOUND, `no program for ${platform}; this package supports ${supported}.`, hint);
  }
  const file = path.join(ROOT, known.file);
  if (!fs.existsSync(file)) {
    fail(role, NOT_FOUND, `${file} is missing.`, 'Install the package again: npm ci');
  }
  if (!isExecutable(file) && !makeExecutable(file)) {
    fail(role, NOT_EXECUTABLE, `${file} is not executable.`, `chmod 755 '${file}'`);
  }
  return file;
}

function given(role, file) {
  if (!fs.existsSync(file)) {
    fail(role, NOT_FOUND, `COVIBE_BINARY names ${file}, which does not exist.`, 'Correct COVIBE_BINARY or unset it.');
  }
  if (!isExecutable(file)) {
    fail(role, NOT_EXECUTABLE, `COVIBE_BINARY names ${file}, which is not executable.`, `chmod 755 '${file}'`);
  }
  return file;
}

// Ends by the signal that ended the program, so that whoever started this sees the same.
function endBy(signal) {
  FORWARDED.forEach((each) => process.removeAllListeners(each));
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(128 + (os.constants.signals[signal] || 0)), PATIENCE);
}

// Runs the program under a name, by which it knows its role.
module.exports = function run(role) {
  const file = process.env.COVIBE_BINARY ? given(role, process.env.COVIBE_BINARY) : packaged(role);
  let child = null;
  // Before the program begins: it may be told to end as soon as it runs, and would go on without this process.
  FORWARDED.forEach((signal) => process.on(signal, () => child.kill(signal)));
  child = spawn(file, process.argv.slice(2), { argv0: role, stdio: 'inherit' });
  child.on('error', (error) => {
    const hint = 'Install the package again: npm ci';
    fail(role, error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE, `${file} did not start: ${error.message}`, hint);
  });
  child.on('exit', (code, signal) => (signal ? endBy(signal) : process.exit(code)));
};
