// What a reader would suffer from, counted: axe violations, sideways scrolling, weight, broken markup, cookies.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import http from 'node:http';
import { HtmlValidate } from 'html-validate';

export const { BASE, EMAIL, PASSWORD, DATA, SHOTS } = process.env;
const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const EVERYTHING = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
const COLOURS = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
/** The public first view must weigh no more than this, compressed. */
const MOST_BYTES = 15 * 1024;

export const tally = { passed: 0, failures: [] };
export function check(claim, what) {
  if (claim) tally.passed += 1;
  else tally.failures.push(what);
}

async function accessible(page, name, runOnly) {
  const violations = await page.evaluate(async (only) => (await window.axe.run(document, { runOnly: only })).violations, runOnly);
  const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | ')}`);
  check(violations.length === 0, `${name}: axe finds ${said.join('; ')}`);
}

async function fits(page, name) {
  const { scroll, inner } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    inner: window.innerWidth,
  }));
  check(scroll <= inner, `${name}: scrolls sideways, ${scroll} > ${inner}`);
}

/** The page that is open, in both schemes, narrow and wide. The scheme changes colours only, the width all else. */
export async function lookHere(page, name) {
  await page.evaluate(AXE);
  check((await page.locator('h1').count()) === 1, `${name}: one h1`);
  for (const width of [320, 375, 1280]) {
    await page.setViewportSize({ width, height: width < 400 ? 760 : 900 });
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      const shown = `${name} ${scheme} ${width}`;
      if (scheme === 'light') await fits(page, shown);
      if (width !== 375) await accessible(page, shown, scheme === 'light' ? EVERYTHING : COLOURS);
      if (SHOTS && width !== 320) await page.screenshot({ path: `${SHOTS}/${name}-${scheme}-${width}.png`, fullPage: true });
    }
  }
}

/** One address: its answer, its markup, its looks. */
export async function look(page, path, name, status = 200) {
  const answer = await page.goto(BASE + path);
  check(answer.status() === status, `${path}: ${answer.status()}`);
  await valid(await answer.text(), name);
  await lookHere(page, name);
}

export function fetchRaw(path) {
  return new Promise((resolve, reject) => {
    http.get(BASE + path, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ answer, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}

/** Bytes of the page and all that it must load before it can be read, as they travel. */
export async function weigh(path) {
  const { answer, body } = await fetchRaw(path);
  check(!answer.headers['set-cookie'], `${path}: a public answer sets a cookie`);
  const html = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString();
  let total = body.length;
  for (const [, sheet] of html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
    total += (await fetchRaw(sheet)).body.length;
  }
  check(total <= MOST_BYTES, `${path}: first view weighs ${total} bytes, more than ${MOST_BYTES}`);
  console.log(`${path}: first view ${total} bytes compressed`);
}

const validator = new HtmlValidate({
  extends: ['html-validate:standard'],
  rules: {
    'long-title': 'off',
    'no-inline-style': 'error',
    'require-sri': 'off',
    'no-trailing-whitespace': 'off',
    // Written without quotes or slashes by the template engine; both are HTML.
    'void-style': 'off',
    'attribute-boolean-style': 'off',
    'attribute-empty-style': 'off',
  },
});

async function valid(html, name) {
  const report = await validator.validateString(html);
  const said = report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} ${m.message} at ${m.line}:${m.column}`));
  check(report.valid, `${name}: ${[...new Set(said)].slice(0, 6).join('; ')}`);
}
