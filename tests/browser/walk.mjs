// Walks through the demo in headless Chromium: the page as a visitor, the console as an operator.
//
// With UPDATE_SCREENSHOTS=1 it also takes the pictures of the README.

import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { BASE, SHOTS, look, tally } from './checks.mjs';
import * as reader from './reader.mjs';
import * as operator from './operator.mjs';

const PICTURES = new URL('../../docs/screenshots/', import.meta.url).pathname;

async function picture(page, path, file, { scheme = 'light', width, height }) {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height });
  await page.goto(BASE + path);
  await page.screenshot({ path: PICTURES + file });
}

if (SHOTS) mkdirSync(SHOTS, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const open = async (options) => {
  // A scheme that changes under a transition would be measured half way.
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  return context.newPage();
};

async function walk() {
  // axe is injected past the page's own policy; the pages themselves need no script.
  const visitor = await open({ bypassCSP: true });
  await reader.readEverything(visitor);
  await reader.useTheKeyboard(visitor);
  await reader.readWithoutScript(await open({ javaScriptEnabled: false }));

  const onCall = await open({ bypassCSP: true });
  await operator.signIn(onCall);
  const subscriber = await operator.addSubscribers(onCall);
  const incident = await operator.openIncident(onCall);
  await operator.updateIncident(onCall, incident);
  await operator.resolveIncident(onCall, incident);
  await operator.planWork(onCall);
  for (const name of ['incidents', 'components', 'maintenance', 'audit']) {
    await look(onCall, `/console/${name}`, `console-all-${name}`);
  }
  await onCall.goto(`${BASE}/console/components`);
  await look(onCall, await onCall.locator('main .matrix a').first().getAttribute('href'), 'console-component');
  await look(onCall, '/console/incidents/aaaaaaaaaaaa', 'console-nothing', 404);
  await operator.inviteOperator(onCall);

  await operator.seeProposal(onCall);
  if (process.env.UPDATE_SCREENSHOTS) {
    mkdirSync(PICTURES, { recursive: true });
    await picture(visitor, '/', 'page-outage.png', { width: 1280, height: 720 });
    await picture(visitor, '/', 'page-outage-phone-dark.png', { scheme: 'dark', width: 390, height: 720 });
    await picture(onCall, '/console', 'console.png', { width: 1280, height: 720 });
  }
  await operator.publishProposal(onCall);

  await reader.subscribe(visitor);
  await reader.unsubscribe(visitor, subscriber);
  await operator.removeSubscriber(onCall, subscriber);
  await operator.signOut(onCall);
}

try {
  await walk();
} catch (stumble) {
  tally.failures.push(`the walk ended early: ${stumble.stack}`);
}
await browser.close();

for (const failure of tally.failures) console.error(`FAILED ${failure}`);
console.log(`${tally.passed} passed, ${tally.failures.length} failed`);
process.exit(tally.failures.length === 0 ? 0 : 1);
