// Walks through every page as a visitor and as an operator, in both colour schemes, wide and narrow, and counts
// what a reader would suffer from: axe violations, sideways scrolling, weight, scripts that are needed, cookies.

import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import http from 'node:http';
import { chromium } from 'playwright-core';
import { HtmlValidate } from 'html-validate';

const { BASE, EMAIL, PASSWORD, SHOTS } = process.env;
const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** The public first view must weigh no more than this, compressed. */
const MOST_BYTES = 15 * 1024;

let passed = 0;
const failures = [];
function check(claim, what) {
  if (claim) passed += 1;
  else failures.push(what);
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags } }),
    TAGS,
  );
  const said = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(' | ')}`);
  check(violations.length === 0, `${name}: axe finds ${said.join('; ')}`);
}

async function fits(page, name) {
  const { scroll, inner } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    inner: window.innerWidth,
  }));
  check(scroll <= inner, `${name}: scrolls sideways, ${scroll} > ${inner}`);
}

/** One page in both schemes, narrow and wide. */
async function look(context, path, name, { shoot = true } = {}) {
  for (const scheme of ['light', 'dark']) {
    for (const width of [320, 375, 1280]) {
      const page = await context.newPage();
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: width < 400 ? 720 : 900 });
      const answer = await page.goto(BASE + path);
      check(answer.status() < 400, `${path}: ${answer.status()}`);
      const shown = `${name} ${scheme} ${width}`;
      await fits(page, shown);
      if (width !== 375) await accessible(page, shown);
      if (shoot && width !== 320) {
        await page.screenshot({ path: `${SHOTS}/${name}-${scheme}-${width}.png`, fullPage: width < 400 });
      }
      await page.close();
    }
  }
}

function fetchRaw(path) {
  return new Promise((resolve, reject) => {
    http.get(BASE + path, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ answer, body: Buffer.concat(chunks) }));
    }).on('error', reject);
  });
}

/** Bytes of the page and all that it must load before it can be read, as they travel. */
async function weigh(path) {
  const { answer, body } = await fetchRaw(path);
  check(!answer.headers['set-cookie'], `${path}: a public answer sets a cookie`);
  const html = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString();
  let total = body.length;
  for (const [, sheet] of html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)) {
    total += (await fetchRaw(sheet)).body.length;
  }
  check(total <= MOST_BYTES, `${path}: first view weighs ${total} bytes, more than ${MOST_BYTES}`);
  console.log(`${path}: first view ${total} bytes compressed`);
  return html;
}

async function valid(html, name) {
  const validator = new HtmlValidate({
    extends: ['html-validate:standard'],
    rules: { 'long-title': 'off', 'no-inline-style': 'error', 'require-sri': 'off', 'no-trailing-whitespace': 'off' },
  });
  const report = await validator.validateString(html);
  const said = report.results.flatMap((r) => r.messages.map((m) => `${m.ruleId} ${m.message} at ${m.line}:${m.column}`));
  check(report.valid, `${name}: ${said.slice(0, 8).join('; ')}`);
}

/** Every public page that the front page leads to, each kind once. */
async function publicPaths(context) {
  const page = await context.newPage();
  await page.goto(BASE + '/');
  const hrefs = await page.$$eval('a[href]', (links) => links.map((link) => link.getAttribute('href')));
  await page.close();
  const first = (prefix) => hrefs.map((h) => h.split('#')[0]).find((h) => h.startsWith(prefix));
  return [
    ['/', 'page'],
    ['/history', 'history'],
    ['/subscribe', 'subscribe'],
    [first('/incidents/'), 'incident'],
    [first('/components/'), 'component'],
    [first('/maintenance/'), 'maintenance'],
  ];
}

async function keyboard(context) {
  const page = await context.newPage();
  await page.goto(BASE + '/');
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement?.getAttribute('href'));
  check(first === '#main', `the first stop of Tab skips to the status, not ${first}`);
  await page.close();
}

async function signIn(context) {
  const page = await context.newPage();
  await page.goto(BASE + '/console');
  await page.fill('input[name=email]', EMAIL);
  await page.fill('input[name=password]', PASSWORD);
  await page.click('form button[type=submit]');
  await page.waitForLoadState();
  check(!page.url().includes('sign-in'), `signed in, at ${page.url()}`);
  await page.close();
}

/** Publishes an incident as a responder would, from the console, without script. */
async function publishAnIncident(context) {
  const page = await context.newPage();
  await page.goto(BASE + '/console/incidents/new');
  await page.fill('[name=title]', 'Some searches return no results');
  await page.fill('[name=body]', 'About one search in ten comes back empty. Trying again usually works.');
  const component = page.locator('select[name^="component"]').first();
  await component.selectOption('partial_outage');
  await page.locator('button[type=submit][value=publish], main form button.button-main[type=submit]').first().click();
  await page.waitForLoadState();
  for (let step = 0; step < 2 && page.url().includes('/new'); step += 1) {
    await page.locator('main form button.button-main[type=submit]').first().click();
    await page.waitForLoadState();
  }
  check(/\/console\/incidents\/[a-z0-9]{12}/.test(page.url()), `the incident is published: ${page.url()}`);
  const path = new URL(page.url()).pathname;
  await page.close();
  return path;
}

mkdirSync(SHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
// axe is injected past the page's own policy; the pages themselves run without any script.
const reader = await browser.newContext({ bypassCSP: true });
for (const [path, name] of await publicPaths(reader)) {
  if (!path) {
    check(false, `the front page of the demo leads to no ${name}`);
    continue;
  }
  await look(reader, path, name);
  const html = await weigh(path);
  await valid(html, name);
}
await keyboard(reader);

const plain = await browser.newContext({ javaScriptEnabled: false });
const bare = await plain.newPage();
await bare.goto(BASE + '/');
check((await bare.locator('h1').count()) === 1, 'one h1 without script');
check((await bare.locator('h1').innerText()).length > 0, 'the banner reads without script');

const operator = await browser.newContext({ bypassCSP: true });
await look(operator, '/console', 'console-signin');
await signIn(operator);
const detail = await publishAnIncident(operator);
for (const [path, name] of [
  ['/console', 'console'],
  ['/console/incidents/new', 'console-new-incident'],
  [detail, 'console-incident'],
  ['/console/maintenance', 'console-maintenance'],
  ['/console/subscribers', 'console-subscribers'],
  ['/console/operators', 'console-operators'],
]) {
  await look(operator, path, name);
}
await browser.close();

for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
