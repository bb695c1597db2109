import { Device } from './device.js';
import { newPassword } from './person.js';

const MOST_DEVICES = 3;
const MOST_NOTES = 8;
let written = 0;

/** What people do, and how often of a hundred times. Each is one request, and what it takes to know its outcome. */
export const ACTS = [
  [34, lookAtProtected],
  [14, refresh],
  [12, readNote],
  [14, writeNote],
  [5, changeNote],
  [4, deleteNote],
  [7, signIn],
  [1, mistype],
  [6, signOut],
  [1, signOutEverywhere],
  [2, changePassword],
];

const TOTAL = ACTS.reduce((sum, [share]) => sum + share, 0);

/** One of them by its share. */
export function anyAct() {
  let left = Math.random() * TOTAL;
  return ACTS.find(([share]) => (left -= share) < 0)[1];
}

async function lookAtProtected(person) {
  const device = await person.device();
  if (device) person.expect(await person.ask('GET', '/protected', { token: device.access }), 200, 'a look');
}

async function refresh(person) {
  const device = await person.device();
  if (device) await person.refresh(device);
}

async function signIn(person) {
  if (person.devices.length >= MOST_DEVICES) return signOut(person);
  await person.signIn();
}

async function mistype(person) {
  const body = { email: person.email, password: 'not the one it is' };
  person.expect(await person.ask('POST', '/auth/login', { body }), 401, 'a wrong password');
}

/** By the refresh token or the access token in turn. It is repeated until it is known that the session has ended. */
async function signOut(person) {
  const device = await person.device();
  if (!device) return;
  const how =
    Math.random() < 0.5 ? { body: { refresh_token: device.token } } : { token: device.access, body: {} };
  const first = await person.ask('POST', '/auth/logout', how);
  const answer = first && first.status < 500 ? first : await person.persist('POST', '/auth/logout', how);
  // Refused, where a try before it was heard.
  if (!person.expect(answer, answer === first ? 204 : [204, 401], 'a sign-out')) return person.forget(device);
  person.forget(device);
  person.ended.push(device);
}

async function signOutEverywhere(person) {
  const device = await person.device();
  if (!device) return;
  const how = { token: device.access };
  const first = await person.ask('POST', '/auth/logout-all', how);
  const answer = first && first.status < 500 ? first : await person.persist('POST', '/auth/logout-all', how);
  if (person.expect(answer, answer === first ? 204 : [204, 401], 'a sign-out everywhere')) person.endAll();
  else person.devices = [];
}

async function writeNote(person) {
  if (person.notes.size >= MOST_NOTES) return deleteNote(person);
  const device = await person.device();
  if (!device) return;
  const title = `note ${++written}`;
  const answer = await person.ask('POST', '/notes', { token: device.access, body: { title } });
  if (person.expect(answer, 201, 'a note')) person.notes.set(answer.body.id, new Set([title]));
}

async function readNote(person) {
  const [device, note] = [await person.device(), anyNote(person)];
  if (!device || !note) return;
  const [id, titles] = note;
  const answer = await person.ask('GET', `/notes/${id}`, { token: device.access });
  if (!person.expect(answer, titles.has(null) ? [200, 404] : 200, `note ${id}`)) return;
  settle(person, id, answer.status === 200 ? answer.body.title : null);
}

async function changeNote(person) {
  const [device, note] = [await person.device(), anyNote(person)];
  if (!device || !note) return;
  const [id, titles] = note;
  const title = `note ${++written}`;
  const answer = await person.ask('PATCH', `/notes/${id}`, { token: device.access, body: { title } });
  if (person.expect(answer, titles.has(null) ? [200, 404] : 200, `note ${id}`))
    person.notes.set(id, new Set([answer.status === 200 ? title : null]));
  else titles.add(title);
}

async function deleteNote(person) {
  const [device, note] = [await person.device(), anyNote(person)];
  if (!device || !note) return;
  const [id, titles] = note;
  const answer = await person.ask('DELETE', `/notes/${id}`, { token: device.access });
  if (person.expect(answer, titles.has(null) ? [204, 404] : 204, `note ${id}`)) person.notes.delete(id);
  else titles.add(null);
}

/** Ends every session, and gives a new one. Where the answer was lost, which password it is shows at the next sign-in. */
async function changePassword(person) {
  const device = await person.device();
  if (!device) return;
  const body = { current_password: person.password, new_password: newPassword() };
  const answer = await person.ask('PUT', '/users/me/password', { token: device.access, body });
  if (person.expect(answer, 200, 'a change of password')) {
    person.password = body.new_password;
    const fresh = new Device(answer.body);
    person.devices.push(fresh);
    return person.endAll(fresh);
  }
  const login = { email: person.email, password: body.new_password };
  const tried = await person.persist('POST', '/auth/login', { body: login });
  if (!person.expect(tried, [200, 401], 'a sign-in with the new password') || tried.status === 401) return;
  person.password = body.new_password;
  person.devices.push(new Device(tried.body));
  person.endAll(person.devices.at(-1));
}

function anyNote(person) {
  const notes = [...person.notes];
  return notes[Math.floor(Math.random() * notes.length)];
}

/** What it is shows what became of the changes whose answers were lost. */
function settle(person, id, title) {
  if (!person.notes.get(id).has(title)) person.breach('writes', `note ${id} is ${title}`);
  if (title === null) person.notes.delete(id);
  else person.notes.set(id, new Set([title]));
}
