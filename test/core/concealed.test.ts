import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/assemble-plan.ts";
import { concealedBefore, concealedFile, mask, maskSpans, type SecretSpan } from "../../src/core/concealed.ts";
import type { FilePart } from "../../src/model/change.ts";

const spanOf = (path: string, text: string, value: string): SecretSpan => {
  const start = text.indexOf(value);
  expect(start).toBeGreaterThanOrEqual(0);
  return { path, value, start, end: start + value.length };
};

/** What the machine would write. */
const built = (parts: readonly FilePart[], sources: ReadonlyMap<string, string>): string =>
  Buffer.concat(
    parts.map((part) => {
      if ("text" in part) return Buffer.from(part.text);
      if (!("slice" in part)) throw new Error("no random text was asked for");
      const { path, offset, length } = part.slice;
      const source = Buffer.from(sources.get(path) ?? "");
      expect(part.slice.sha256).toBe(sha256(sources.get(path) ?? ""));
      expect(offset + length).toBeLessThanOrEqual(source.length);
      return source.subarray(offset, offset + length);
    }),
  ).toString("utf8");

describe("a file with secrets", () => {
  const old = '# Größe\nport = 9090\npassword = "hünter2 ok"\n';
  const sources = new Map([["/srv/Config.toml", old]]);
  const secrets = [spanOf("/srv/Config.toml", old, "hünter2 ok")];

  test("is shown masked, and put together from bytes of the file as it is", () => {
    const content = old.replace("9090", "9443");
    const after = concealedFile({ path: "/srv/Config.toml", content, secrets, sources });
    expect(after.content).toBe(`# Größe\nport = 9443\npassword = "${mask}"\n`);
    expect(after.parts).toEqual([
      { text: '# Größe\nport = 9443\npassword = "' },
      { slice: { path: "/srv/Config.toml", offset: 34, length: 11, sha256: sha256(old) } },
      { text: '"\n' },
    ]);
    expect(built(after.parts, sources)).toBe(content);
  });

  test("before: the same mask, and the hash of what it really is", () => {
    expect(concealedBefore({ path: "/srv/Config.toml", content: old, secrets })).toEqual({
      content: `# Größe\nport = 9090\npassword = "${mask}"\n`,
      sha256: sha256(old),
    });
  });

  test("every occurrence is hidden, where it moved to and where it is repeated", () => {
    const content = "A=hünter2 ok\nB=xhünter2 okx\n";
    const after = concealedFile({ path: "/srv/app.env", content, secrets, sources });
    expect(after.content).toBe(`A=${mask}\nB=x${mask}x\n`);
    expect(built(after.parts, sources)).toBe(content);
  });

  test("a value written in other words is hidden in both forms", () => {
    const escaped = 'a = "p\\"w-long"\nb = \'p"w-long\'\n';
    const files = new Map([["/srv/Config.toml", escaped]]);
    const spans = [{ path: "/srv/Config.toml", value: 'p"w-long', start: 4, end: 15 }];
    const after = concealedFile({ path: "/srv/env", content: 'X=p"w-long\n', secrets: spans, sources: files });
    expect(after.content).toBe(`X=${mask}\n`);
    expect(built(after.parts, files)).toBe('X=p"w-long\n');
    expect(concealedBefore({ path: "/srv/Config.toml", content: escaped, secrets: spans }).content).toBe(
      `a = ${mask}\nb = '${mask}'\n`,
    );
  });

  test("a value that the machine has nowhere in these words cannot be put together, and is not named", () => {
    const escaped = 'a = "p\\"w-long"\n';
    const file = () =>
      concealedFile({
        path: "/srv/env",
        content: 'X=p"w-long\n',
        secrets: [{ path: "/srv/Config.toml", value: 'p"w-long', start: 5, end: 14 }],
        sources: new Map([["/srv/Config.toml", escaped]]),
      });
    expect(file).toThrow(/^\/srv\/env would hold a secret in other words/u);
    expect(file).not.toThrow(/w-long/u);
  });

  test("a short secret is hidden where it stands alone", () => {
    const text = 'password = "a1"\nalpha1 = "a12"\n';
    const files = new Map([["/c", text]]);
    const { content, parts } = concealedFile({
      path: "/c",
      content: text,
      secrets: [spanOf("/c", text, "a1")],
      sources: files,
    });
    expect(content).toBe(`password = "${mask}"\nalpha1 = "a12"\n`);
    expect(built(parts, files)).toBe(text);
  });

  test("a secret that the machine makes has a place, and no text", () => {
    const { content, parts } = concealedFile({
      path: "/srv/Config.toml",
      content: '# Größe\npassword = "@@keystore@@"\nother = "hünter2 ok"\n',
      secrets,
      sources,
      randoms: [{ placeholder: "@@keystore@@", name: "orders-keystore", bytes: 24 }],
    });
    expect(content).toBe(`# Größe\npassword = "${mask}"\nother = "${mask}"\n`);
    expect(parts).toMatchObject([
      { text: '# Größe\npassword = "' },
      { random: { name: "orders-keystore", bytes: 24 } },
      { text: '"\nother = "' },
      { slice: { path: "/srv/Config.toml" } },
      { text: '"\n' },
    ]);
  });

  test("two that overlap are both hidden", () => {
    const text = "one=abcdef two=defghi";
    const files = new Map([["/c", text]]);
    const spans = [spanOf("/c", text, "abcdef"), spanOf("/c", text, "defghi")];
    const { content, parts } = concealedFile({ path: "/c", content: "x=abcdefghi;", secrets: spans, sources: files });
    expect(content).toBe(`x=${mask};`);
    expect(built(parts, files)).toBe("x=abcdefghi;");
  });

  test.each([
    ["that is not known", new Map<string, string>()],
    ["that is not UTF-8", new Map([["/srv/Config.toml", `${old}\uFFFD`]])],
  ])("a source %s is refused", (_what, files) => {
    expect(() => concealedFile({ path: "/x", content: "x", secrets, sources: files })).toThrow(/srv\/Config\.toml/u);
  });
});

test("only the spans given are masked", () => {
  expect(maskSpans("a=secret b=secret", [{ start: 2, end: 8 }])).toBe(`a=${mask} b=secret`);
  expect(
    maskSpans("abcdef", [
      { start: 3, end: 5 },
      { start: 1, end: 4 },
    ]),
  ).toBe(`a${mask}f`);
});

// Few letters make secrets overlap and repeat; umlauts and an astral sign make bytes and indices differ.
const letters = fc.string({ unit: fc.constantFrom("a", "b", "ü", "€", "😀", "\n", '"'), maxLength: 30 });
const value = fc.string({ unit: fc.constantFrom("a", "b", "ü", "€", "😀"), minLength: 1, maxLength: 7 });

test("property: nobody sees a secret, and the machine writes the real text", () => {
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 4 }),
      fc.array(letters, { minLength: 6, maxLength: 6 }),
      (values, texts) => {
        const source = values.map((secret, index) => `${texts[index]}|${secret}`).join("\n");
        const sources = new Map([["/a", source]]);
        let start = 0;
        const secrets = values.map((secret, index) => {
          start += `${texts[index]}|`.length + (index === 0 ? 0 : 1);
          const span = { path: "/a", value: secret, start, end: start + secret.length };
          start = span.end;
          return span;
        });
        const content = `${texts[4]}${values.join(texts[5])}${texts[5]}${values[0]}`;
        const after = concealedFile({ path: "/b", content, secrets, sources });
        expect(built(after.parts, sources)).toBe(content);
        const before = concealedBefore({ path: "/a", content: source, secrets });
        for (const secret of values.filter(({ length }) => length >= 4)) {
          expect(after.content).not.toContain(secret);
          expect(before.content).not.toContain(secret);
          expect(JSON.stringify(after.parts)).not.toContain(JSON.stringify(secret).slice(1, -1));
        }
      },
    ),
    { numRuns: 500 },
  );
});
