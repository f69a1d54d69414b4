import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../test/support/seeded.ts';
import { failure } from '../../test/support/failures.ts';
import { PathPatterns, pathParts } from './path-patterns.ts';

const matches = (patterns: string[], path: string, ignoreCase = false): boolean =>
  new PathPatterns(patterns, { ignoreCase }).answer(pathParts(path)).matches;
const below = (pattern: string, path: string): boolean =>
  new PathPatterns([pattern]).answer(pathParts(path)).childMayMatch;

test('a pattern matches as restic has it', () => {
  const table: [string, string, boolean][] = [
    ['*.go', '/foo/bar/test.go', true],
    ['*.c', '/foo/bar/test.go', false],
    ['*', '/foo/bar/test.go', true],
    ['foo*', '/foo/bar/test.go', true],
    ['/foo*', '/foo/bar/test.go', true],
    ['/bar*', '/foo/bar/test.go', false],
    ['bar/*', '/foo/bar/baz', true],
    ['baz/test.*', '/foo/bar/baz/test.go', true],
    ['/foo/bar/**', '/foo/bar', true],
    ['/foo/**/test.go', '/foo/bar/baz/test.go', true],
    ['/foo/**/test.go', '/foo/test.go', true],
    ['/foo/**/**/test.go', '/foo/a/b/c/test.go', true],
    ['**/a/**/z', '/x/a/b/c/z', true],
    ['/foo/*/test.go', '/foo/bar/baz/test.go', false],
    ['/foo/*/baz', '/foo/bar/baz/test.go', true],
    ['user', '/home/user/x', true],
    ['/user', '/home/user/x', false],
    ['/', '/anything', true],
    ['foo/', '/a/foo', true],
    ['./foo/../bar', '/a/bar', true],
    ['te?t.[a-g]o', '/test.go', true],
    ['te?t.[^a-g]o', '/test.go', false],
    ['\\*.go', '/x.go', false],
    ['\\*.go', '/*.go', true],
    ['[*]', '/*', true],
    ['?', '/\u{1f600}', true],
    ['a.b', '/axb', false],
    ['a-b*', '/a-bc', true],
    ['[a\\-c]', '/b', false],
    ['[a\\-c]', '/-', true],
    ['a+b', '/a+b', true],
    ['*[(]1[)]', '/copy (1)', true],
    ['b', '/a/b/c', true],
    ['line*', '/line\nbreak', true],
  ];
  for (const [pattern, path, expected] of table) assert.equal(matches([pattern], path), expected, `${pattern} ${path}`);
});

test('a pattern with ! takes back what earlier ones matched', () => {
  assert.equal(matches(['*.go', '!main.go'], '/src/main.go'), false);
  assert.equal(matches(['*.go', '!main.go'], '/src/other.go'), true);
  assert.equal(matches(['!main.go', '*.go'], '/src/main.go'), true);
});

test('case is ignored when asked', () => {
  assert.equal(matches(['*.JPG'], '/a/b.jpg'), false);
  assert.equal(matches(['*.JPG'], '/a/b.Jpg', true), true);
});

test('a folder is entered only where a pattern may match below it', () => {
  const table: [string, string, boolean][] = [
    ['/foo/bar', '/foo', true],
    ['/foo/bar', '/baz', false],
    ['/foo/*/baz', '/foo/x', true],
    ['/foo/**/baz', '/foo/x/y/z', true],
    ['/foo/**/baz', '/bar/x', false],
    ['*.go', '/anything', true],
  ];
  for (const [pattern, path, expected] of table) assert.equal(below(pattern, path), expected, `${pattern} ${path}`);
});

test('a malformed pattern is refused by name', () => {
  for (const pattern of ['[', '[]', '[a', '[-]', 'a[b-]', 'x\\', '!'])
    assert.throws(() => new PathPatterns([pattern]), failure('patterns.malformed', /cannot be understood/), pattern);
});

test('a search means the entry itself, not what lies below it', () => {
  const means = (pattern: string, path: string): boolean => new PathPatterns([pattern]).meansItself(pathParts(path));
  assert.equal(means('etc', '/etc'), true);
  assert.equal(means('etc', '/etc/passwd'), false);
  assert.equal(means('/etc/*', '/etc/passwd'), true);
  assert.equal(means('/etc/*', '/etc/ssh/sshd_config'), false);
  assert.equal(means('*.conf', '/a/b/c.conf'), true);
  assert.equal(means('a/**/c', '/x/a/b/b/c'), true);
});

test('whatever the pattern, there is an answer or a failure that names it, and soon', () => {
  const part = fc.constantFrom(
    '/',
    'a',
    'b',
    '*',
    '**',
    '/**/',
    '?',
    '[ab]',
    '[^a]',
    '[b-a]',
    '[',
    ']',
    '\\',
    '..',
    '!',
    'é',
    '💾',
  );
  const pattern = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part).map((parts) => parts.join('')),
  );
  const path = fc
    .array(fc.constantFrom('a', 'b', 'ab', '*', '💾'), { minLength: 1 })
    .map((parts) => `/${parts.join('/')}`);
  fc.assert(
    fc.property(pattern, path, (text, of) => {
      try {
        const patterns = new PathPatterns([text]);
        const { matches, childMayMatch } = patterns.answer(pathParts(of));
        assert.equal(typeof matches, typeof childMayMatch);
        patterns.meansItself(pathParts(of));
      } catch (error) {
        failure('patterns.malformed')(error);
      }
    }),
    { numRuns: 2000 },
  );
  // Each of these would keep a matcher that tries everything busy for longer than anybody lives.
  const hard: [string, string][] = [
    [`${'*a'.repeat(30)}b`, 'a'.repeat(200)],
    [`${'[a-z]*'.repeat(30)}!`, 'q'.repeat(200)],
    [`/${'**/a/'.repeat(30)}b`, `/${'a/'.repeat(200)}c`],
  ];
  for (const [text, of] of hard) assert.equal(new PathPatterns([text]).answer(pathParts(of)).matches, false);
});
