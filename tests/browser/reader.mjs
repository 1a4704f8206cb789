// The public page as a visitor: every kind of page, by keyboard, without script, and subscribing.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BASE, DATA, check, look, lookHere, weigh } from './checks.mjs';

/** Every public page that the front page leads to, each kind once. */
async function publicPaths(page) {
  await page.goto(BASE + '/');
  const hrefs = await page.$$eval('a[href]', (links) => links.map((link) => link.getAttribute('href')));
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

export async function readEverything(page) {
  for (const [path, name] of await publicPaths(page)) {
    check(path, `the front page of the demo leads to no ${name}`);
    if (!path) continue;
    await look(page, path, name);
    await weigh(path);
  }
  await look(page, '/nothing-here', 'not-found', 404);
}

export async function useTheKeyboard(page) {
  await page.goto(BASE + '/');
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement?.getAttribute('href'));
  check(first === '#main', `the first stop of Tab skips to the status, not ${first}`);
}

export async function readWithoutScript(page) {
  await page.goto(BASE + '/');
  check((await page.locator('h1').count()) === 1, 'one h1 without script');
  check((await page.locator('h1').innerText()).length > 0, 'the banner reads without script');
}

/** The form and its answers: taken, refused, and the links of the messages that we cannot receive here. */
export async function subscribe(page) {
  await page.goto(BASE + '/subscribe');
  await page.fill('#mail', 'grace@example.net');
  await page.click('.panel-mail button[type=submit]');
  check(page.url() === `${BASE}/subscribe`, `the form is answered in place: ${page.url()}`);
  check((await page.locator('h1').innerText()) === 'Nearly done', 'the form is taken');
  await lookHere(page, 'subscribe-taken');

  await page.goto(BASE + '/subscribe');
  await page.click('label[for=by-hook]');
  await page.fill('#url', 'http://127.0.0.1:9/hook');
  await page.click('.panel-hook button[type=submit]');
  check((await page.locator('main').innerText()).includes('Nothing was saved'), 'an endpoint of our own network is refused');
  await lookHere(page, 'subscribe-refused');

  await look(page, '/subscribe/confirm/not-a-token', 'confirm');
  await page.click('main button[type=submit]');
  check((await page.locator('h1').innerText()).includes('not good any more'), 'a wrong link says so');
  await lookHere(page, 'confirm-wrong');
}

/** The link at the end of every message, made as the server makes it: no mail leaves the demo. */
function unsubscribePath(id) {
  const sign = (key, text) => createHmac('sha256', key).update(text).digest();
  const key = sign(readFileSync(`${DATA}/keys/master`), 'unsubscribe');
  const code = sign(key, id).subarray(0, 16).toString('base64url');
  return `/unsubscribe/1.${id}.${code}`;
}

export async function unsubscribe(page, id) {
  const path = unsubscribePath(id);
  await look(page, path, 'unsubscribe');
  await page.click('main button[type=submit]');
  check((await page.locator('h1').innerText()) === 'You are unsubscribed', 'one click ends it');
  await lookHere(page, 'unsubscribed');
}
