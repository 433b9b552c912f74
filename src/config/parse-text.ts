// SPDX-License-Identifier: Apache-2.0
import {
  Composer,
  type CST,
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
} from 'yaml';
import { ConfigError, type ConfigIssue } from '../errors.js';
import type { Config } from './config.js';
import { checkConfig } from './parse.js';
import { escapeControls, show, showPath } from './show.js';

/** An issue in a document that was read from text. */
export interface TextIssue extends ConfigIssue {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** More than any real configuration; what is longer is refused unread. */
export const longestText = 256 * 1024;
const deepest = 32;
const mostAliases = 100;
const mostSyntaxIssues = 20;

/**
 * Reads one YAML 1.2 or JSON document and checks it like `parseConfig`. Throws ConfigError; its issues have line and column,
 * and `path` begins with them: `line 4, column 12: podCIDRs[1]`. Duplicate keys, further documents, unknown tags, more than
 * 100 aliases' worth of expansion, nesting beyond 32 levels and texts over 256 KiB are refused.
 */
export function parseConfigText(text: string, source?: string): Config {
  if (text.length > longestText) {
    const received = `${text.length} characters`;
    throw new ConfigError([{ path: '', expected: `at most ${longestText} characters`, received }], source);
  }
  const lines = new LineCounter();
  const locate = (offset: number, issue: ConfigIssue): TextIssue => {
    const { line, col } = lines.linePos(offset);
    const path = `line ${Math.max(line, 1)}, column ${Math.max(col, 1)}${issue.path ? `: ${issue.path}` : ''}`;
    return { ...issue, path, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const reading = read(text, lines, locate);
  if ('issues' in reading) throw new ConfigError(reading.issues, source);
  const result = checkConfig(reading.value);
  if ('config' in result) return result.config;
  const issues = result.issues.map(({ at, ...issue }) =>
    locate(offsetOf(reading.document, at), { path: showPath(at), ...issue }),
  );
  issues.sort((a, b) => a.line - b.line || a.column - b.column);
  throw new ConfigError([...issues, ...result.rest], source);
}

type Locate = (offset: number, issue: ConfigIssue) => TextIssue;
type Reading = { readonly value: unknown; readonly document: Document } | { readonly issues: ConfigIssue[] };

function read(text: string, lines: LineCounter, locate: Locate): Reading {
  const refuse = (expected: string, received: string, offset = 0) => ({
    issues: [locate(offset, { path: '', expected, received })],
  });
  const tokens = tokenize(text, lines);
  if (!tokens) return refuse(`a document nested at most ${deepest} levels deep`, 'a deeper one');
  const [document, second] = new Composer({ version: '1.2', stringKeys: true, uniqueKeys: false }).compose(
    tokens,
    true,
    text.length,
  );
  if (second) return refuse('one document', 'several', second.range[0]);
  if (!document || document.contents === null) return refuse('a configuration', 'an empty document');
  const problems = [...document.errors, ...document.warnings].slice(0, mostSyntaxIssues);
  if (problems.length > 0) return { issues: problems.map((error) => syntax(error, text, locate)) };
  const duplicates = duplicateKeys(document, locate);
  if (duplicates.length > 0) return { issues: duplicates.slice(0, mostSyntaxIssues) };
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }), document };
  } catch (error) {
    // An alias without an anchor, or too many of them.
    if (error instanceof ReferenceError)
      return refuse('aliases that can be resolved, and few', show(error.message, 120));
    throw error;
  }
}

/**
 * Undefined when the document is nested too deep. Composing recurses, and an overflowing stack there does not always surface
 * as an exception: it can end the process inside V8's regular expression compiler. The tokenizer itself does not recurse.
 */
function tokenize(text: string, lines: LineCounter): CST.Token[] | undefined {
  const tokens: CST.Token[] = [];
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > deepest) return undefined;
  }
  return [...tokens, ...parser.end()];
}

// The library's own check compares each key with each.
function duplicateKeys(document: Document, locate: Locate): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (seen.has(name))
          issues.push(locate(start(key), { path: '', expected: 'each key once', received: show(name) }));
        seen.add(name);
      }
    },
  });
  return issues;
}

function syntax(error: { message: string; pos: [number, number] }, text: string, locate: Locate): ConfigIssue {
  const [from, to] = error.pos;
  const received = show(text.slice(from, Math.max(to, from + 1)), 40);
  const hint = escapeControls(error.message.split('\n', 1)[0] as string).slice(0, 200);
  return locate(from, { path: '', expected: 'YAML or JSON', received, hint });
}

/** Where the node at `path` begins; for a missing or unknown field, its key or the object that should hold it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = start(node);
  for (const part of path) {
    if (!isCollection(node)) return offset;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!pair) return offset;
      offset = start(pair.key);
      node = pair.value;
    } else {
      node = node.items[Number(part)];
      if (!isNode(node)) return offset;
      offset = start(node);
    }
  }
  return isScalar(node) || isCollection(node) ? start(node) : offset;
}

function start(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
