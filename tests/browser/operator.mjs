// The console as whoever is on call, plans work or looks after people. Every step is a form; script is not needed.

import { BASE, EMAIL, PASSWORD, check, look, lookHere } from './checks.mjs';

const main = (page) => page.locator('main');
const press = (page, words) => main(page).getByRole('button', { name: words }).first().click();

export async function signIn(page) {
  await look(page, '/console/sign-in', 'console-signin');
  await page.fill('input[name=email]', EMAIL);
  await page.fill('input[name=password]', 'not the password');
  await press(page, 'Sign in');
  check((await main(page).innerText()).includes('That did not match.'), 'a wrong password is answered in words');
  check((await page.inputValue('input[name=email]')) === EMAIL, 'the address is kept');
  await lookHere(page, 'console-signin-wrong');
  await page.fill('input[name=password]', PASSWORD);
  await press(page, 'Sign in');
  check(new URL(page.url()).pathname === '/console', `signed in, at ${page.url()}`);
}

/** Adds two people, one of whom leaves again later; answers the id of the first. */
export async function addSubscribers(page) {
  await page.goto(BASE + '/console/subscribers');
  for (const [address, isVouched] of [['ada@example.net', true], ['bob@example.net', true], ['mistyped', false]]) {
    await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
    await page.fill('[name=address]', address);
    if (isVouched) await page.check('[name=confirmed]');
    await press(page, 'Add it');
  }
  check((await page.inputValue('[name=address]')) === 'mistyped', 'a mistyped address is kept');
  check((await page.locator('.wrong a[href="#address"]').count()) === 1, 'the summary leads to the address');
  await lookHere(page, 'console-subscribers-wrong');
  await look(page, '/console/subscribers', 'console-subscribers');
  const removing = await page.locator('form[action$="/remove"]').first().getAttribute('action');
  return removing.split('/')[3];
}

export async function removeSubscriber(page, id) {
  await page.goto(BASE + '/console/subscribers');
  const form = page.locator(`form[action="/console/subscribers/${id}/remove"]`);
  await form.locator('xpath=..').locator('summary').click();
  await form.locator('button').click();
  check((await page.locator(`form[action="/console/subscribers/${id}/remove"]`).count()) === 0, 'a removed subscriber is gone');
}

/** From nothing to published: refused without a title, looked at, counted, sent. Answers its path. */
export async function openIncident(page) {
  const words = 'About one search in ten comes back empty. Trying again usually works.';
  await look(page, '/console/incidents/new', 'console-new-incident');
  await page.evaluate(() => { for (const form of document.forms) form.noValidate = true; });
  await page.fill('[name=words]', words);
  await press(page, 'Preview and count');
  check((await page.locator('.wrong a[href="#title"]').count()) === 1, 'the summary leads to the missing title');
  check((await page.inputValue('[name=words]')) === words, 'what was typed is kept');
  await lookHere(page, 'console-new-incident-wrong');

  await page.fill('[name=title]', 'Some searches return no results');
  await page.locator('li', { has: page.getByText('Search', { exact: true }) }).locator('select').selectOption('partial_outage');
  await press(page, 'Preview and count');
  check((await page.locator('figure.preview').innerText()).includes(words), 'the preview shows the words');
  const publish = page.locator('button[name=step][value=publish]');
  check(/^Publish to 2$/.test((await publish.innerText()).trim()), `the button counts: ${await publish.innerText()}`);
  await lookHere(page, 'console-new-incident-preview');
  await publish.click();
  const path = new URL(page.url()).pathname;
  check(/^\/console\/incidents\/[a-z0-9]{12}$/.test(path), `the incident is published: ${page.url()}`);
  await look(page, path, 'console-incident');
  return path;
}

export async function updateIncident(page, path) {
  await page.goto(BASE + path);
  await page.check('[name=status][value=identified]', { force: true });
  await page.fill('.composer [name=words]', 'An index was left behind by last night’s change. We are building it again.');
  await press(page, 'Preview');
  await lookHere(page, 'console-incident-preview');
  await page.locator('button[name=step][value=publish]').click();
  check((await page.locator('.log').innerText()).includes('Update 2, Identified'), 'the second update stands in the timeline');

  await page.locator('.log details summary', { hasText: 'Correct the words' }).first().click();
  await page.locator('.log details[open] textarea').fill('An index was left behind. We are building it again.');
  await page.locator('.log details[open] button').click();
  check((await page.locator('.log').innerText()).includes('Words corrected'), 'a correction stands in the timeline');
}

export async function resolveIncident(page, path) {
  await page.goto(BASE + path);
  await page.check('[name=status][value=resolved]', { force: true });
  await page.fill('.composer [name=words]', 'Searches return results again since the index was rebuilt.');
  await page.locator('button[name=step][value=publish]').click();
  check((await page.locator('.log').innerText()).includes('Resolved'), 'the incident is resolved');
  await look(page, path, 'console-incident-resolved');
}

/** The demo's search is slow: after some minutes of it the rules propose an incident. */
export async function seeProposal(page) {
  await page.goto(BASE + '/console');
  for (let tries = 0; tries < 120 && (await page.locator('.proposal').count()) === 0; tries += 1) {
    await page.waitForTimeout(1000);
    await page.reload();
  }
  await look(page, '/console', 'console');
  await look(page, await page.locator('.proposal .acts a').first().getAttribute('href'), 'console-proposal');
}

/** One click, with the proposal's own words. */
export async function publishProposal(page) {
  await page.goto(BASE + '/console');
  await page.locator('.proposal button.button-main').first().click();
  check(!(await page.locator('.room-head').innerText()).includes('customers do not see it'), 'the proposal is published');
}

export async function planWork(page) {
  await look(page, '/console/maintenance/new', 'console-plan');
  await page.fill('[name=title]', 'Search moves to new machines, second half');
  await page.fill('[name=starts]', '2031-01-31T02:00');
  await page.fill('[name=ends]', '2031-01-31T01:00');
  await page.locator('label.tick', { hasText: 'Search' }).locator('input').check();
  await page.fill('[name=words]', 'Search will be away for up to an hour.');
  await press(page, 'Announce it');
  check((await page.locator('.wrong a[href="#ends"]').count()) === 1, 'an end before its beginning is refused beside the field');
  check((await page.inputValue('[name=words]')).includes('up to an hour'), 'the words are kept');
  await lookHere(page, 'console-plan-wrong');
  await page.fill('[name=ends]', '2031-01-31T03:00');
  await press(page, 'Announce it');
  check(/^\/console\/maintenance\/[a-z0-9]{12}$/.test(new URL(page.url()).pathname), `the work is announced: ${page.url()}`);
  await look(page, new URL(page.url()).pathname, 'console-maintenance');
}

export async function inviteOperator(page) {
  await page.goto(BASE + '/console/operators');
  await page.fill('#email', 'grace@example.com');
  await press(page, 'Make the link');
  const link = new URL((await page.locator('.private .breaks').innerText()).trim());
  await lookHere(page, 'console-operators');
  await look(page, link.pathname, 'console-set-password');
}

export async function signOut(page) {
  await page.goto(BASE + '/console');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(BASE + '/console/incidents');
  check(page.url().includes('/console/sign-in?next='), 'after signing out the door is closed');
}
