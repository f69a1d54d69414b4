import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { sqlSection } from './sql-section.ts';

const dump = `-- MariaDB dump
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;

--
-- Current Database: \`mt4\`
--

CREATE DATABASE IF NOT EXISTS \`mt4\`;

USE \`mt4\`;

--
-- Table structure for table \`users\`
--

CREATE TABLE \`users\` (a text);

--
-- Dumping data for table \`users\`
--

INSERT INTO \`users\` VALUES ('${'x'.repeat(20_000)}\\n-- Current Database: \`other\`');

--
-- Table structure for table \`roles\`
--

CREATE TABLE \`roles\` (a text);

--
-- Dumping routines for database 'mt4'
--
DELIMITER ;;
CREATE PROCEDURE p() BEGIN
-- Current Database: \`other\`
SELECT 1; END ;;
DELIMITER ;

--
-- Current Database: \`a\`\`b\`
--

USE \`a\`\`b\`;
CREATE TABLE \`users\` (b text);
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

-- Dump completed
`;

async function section(wanted: Parameters<typeof sqlSection>[1], pieceBytes: number): Promise<string> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < dump.length; at += pieceBytes) yield Buffer.from(dump.slice(at, at + pieceBytes));
  }
  const all: Uint8Array[] = [];
  for await (const piece of sqlSection(pieces(), wanted)) all.push(piece);
  return Buffer.concat(all).toString();
}

for (const pieceBytes of [1, 7, 5000, 1_000_000]) {
  test(`one database comes out of a whole server's dump, with routines, head and tail (${pieceBytes} bytes a piece)`, async () => {
    const text = await section({ database: 'mt4' }, pieceBytes);
    assert.match(text, /^-- MariaDB dump[^]*USE `mt4`[^]*CREATE TABLE `users` \(a text\)[^]*CREATE TABLE `roles`/);
    assert.match(text, /SELECT 1; END ;;\nDELIMITER ;[^]*SET TIME_ZONE=@OLD_TIME_ZONE \*\/;\n\n-- Dump completed\n$/);
    assert.ok(!text.includes('(b text)'));
    assert.ok(text.includes('x'.repeat(20_000)));
  });

  test(`one table comes out with its rows and nothing of its neighbours (${pieceBytes} bytes a piece)`, async () => {
    const text = await section({ database: 'mt4', table: 'users' }, pieceBytes);
    assert.match(text, /CREATE TABLE `users` \(a text\)[^]*INSERT INTO `users`/);
    assert.doesNotMatch(
      text,
      /^(USE|CREATE DATABASE) /m,
      'or it would replace the living one, wherever it is given to',
    );
    assert.ok(!text.includes('`roles`') && !text.includes('PROCEDURE') && !text.includes('(b text)'));
  });
}

test('a table that the database does not have is told, also when another one has it', async () => {
  await assert.rejects(section({ database: 'mt4', table: 'nobody' }, 100), failure('recovery.database-not-restored'));
  await assert.rejects(section({ database: 'a`b', table: 'roles' }, 100), failure('recovery.database-not-restored'));
});

test('a name with a quote in it is found', async () => {
  const text = await section({ database: 'a`b' }, 100);
  assert.match(text, /CREATE TABLE `users` \(b text\)/);
  assert.ok(!text.includes('(a text)'));
});
