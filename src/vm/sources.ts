// SPDX-License-Identifier: Apache-2.0
/** Reads apt's source lists, to download from where the machine already does. Formats: sources.list(5). */

/** One repository, with the names of all its suites that the machine uses. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  /** Key file, fingerprint or inline key, as written. */
  readonly signedBy?: string;
}

/** Binary repositories in a `.sources` (deb822) file. */
export function parseDeb822(text: string): AptSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let field: string | undefined;
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const start = /^([A-Za-z-]+):[ \t]*(.*)$/.exec(line);
      if (start) {
        field = (start[1] as string).toLowerCase();
        fields.set(field, start[2] as string);
      } else if (field && /^[ \t]/.test(line)) fields.set(field, `${fields.get(field)}\n${line}`);
    }
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || /^(no|false|0|off)$/i.test(fields.get('enabled')?.trim() ?? '')) return [];
    const signedBy = fields.get('signed-by')?.trimEnd();
    return words('uris').map((uri) => ({ uri, suites: words('suites'), ...(signedBy ? { signedBy } : {}) }));
  });
}

/** Binary repositories in a one-line-style `.list` file. */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)/.exec(line.replace(/#.*/, ''));
    if (!entry) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(entry[1] ?? '')?.[1];
    return [{ uri: entry[2] as string, suites: [entry[3] as string], ...(signedBy ? { signedBy } : {}) }];
  });
}

const CODENAMES = 'buster|bullseye|bookworm|trixie|forky|duke|sid';
const CLASSES = 'unstable|testing|stable|oldstable|oldoldstable';
const MAIN = new RegExp(`^(${CODENAMES}|${CLASSES})(-updates|-backports)?$`);
const SECURITY = new RegExp(`^(${CODENAMES}|${CLASSES})(-security|/updates)$`);

/** The repository of each of Debian's archives among the machine's sources, known by its suites; undefined where there is none. */
export function debianSources(sources: readonly AptSource[]): { main?: AptSource; security?: AptSource } {
  const main = sources.find((s) => s.suites.some((suite) => MAIN.test(suite)));
  const security = sources.find((s) => s.suites.some((suite) => SECURITY.test(suite)));
  // Mirrors have the two side by side.
  const sibling =
    main && /\/debian\/?$/.test(main.uri)
      ? { ...main, uri: main.uri.replace(/\/debian\/?$/, '/debian-security') }
      : undefined;
  const found = security ?? sibling;
  return { ...(main ? { main } : {}), ...(found ? { security: found } : {}) };
}
