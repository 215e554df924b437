// The page of the demo, whole in one answer: no file, font or script comes from elsewhere.

/** The addresses that the page calls and shows. Each is an origin, without a trailing slash. */
export interface DemoAddresses {
  readonly page: string
  /** The same page under a name that the sidecar does not allow. */
  readonly strangerPage: string
  readonly api: string
  readonly sidecar: string
  readonly inspector: string | undefined
}

/** The HTML document that calls the API directly and through the sidecar, side by side. */
export function demoPage(addresses: DemoAddresses): string {
  const data = JSON.stringify(addresses).replaceAll('<', '\\u003c')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cors-sidecar demo</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<body>
<header>
  <h1>One API, called in two ways</h1>
  <p>This page is served from <code id="origin"></code>, and the API sends no CORS headers. On the left the
  page calls it directly, on the right through the sidecar.</p>
  <p id="stranger" hidden></p>
</header>
<main>
  <div class="legs">
    <div class="leg"><b>directly</b> <span>page → API</span><code id="api"></code></div>
    <div class="leg"><b>through the sidecar</b> <span>page → sidecar → API</span><code id="sidecar"></code></div>
  </div>
  <div id="rows"></div>
  <p class="actions"><button id="all" type="button">Send all again</button></p>
</main>
<footer>
  <p id="elsewhere"></p>
  <p>The browser tells the page only “Failed to fetch”; the console (F12) names the missing header.</p>
</footer>
<script type="application/json" id="data">${data}</script>
<script>${script}</script>
`
}

const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f5f1, #16181c); --card: light-dark(#fff, #1f2228);
  --ink: light-dark(#1d2026, #e8e6e1); --faint: light-dark(#6a6d73, #9a9da5);
  --line: light-dark(#dfddd6, #33363e);
  --good: light-dark(#0b7a4b, #4fd09a); --good-ground: light-dark(#e5f5ec, #12382a);
  --bad: light-dark(#b3261e, #ff8a80); --bad-ground: light-dark(#fcebe9, #44211f);
  --odd: light-dark(#8a5a00, #f2c14e); --odd-ground: light-dark(#fdf3dc, #42351a);
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 2.5rem 1.25rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; letter-spacing: -.02em }
header p { max-width: 46rem; margin: 0 0 1rem }
code, pre { font: .85em/1.5 ui-monospace, Menlo, Consolas, monospace }
#stranger { background: var(--odd-ground); color: var(--odd); padding: .6rem .9rem; border-radius: .5rem }
.legs, .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem }
.leg { padding: .25rem .1rem } .leg span { color: var(--faint) } .leg code { display: block; color: var(--faint) }
.row { margin: 1.25rem 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.1rem }
.row h2 { margin: 0; font-size: 1.05rem } .row p { margin: .1rem 0 .6rem; color: var(--faint) }
.row pre { margin: 0 0 .8rem; overflow-x: auto; color: var(--faint) }
.top { display: flex; justify-content: space-between; align-items: start; gap: 1rem }
.result { border-radius: .5rem; padding: .6rem .8rem; background: var(--ground); min-height: 4.6rem; overflow-wrap: anywhere }
.result b { display: block } .result code { color: inherit }
.result.good { background: var(--good-ground); color: var(--good) }
.result.bad { background: var(--bad-ground); color: var(--bad) }
.result.odd { background: var(--odd-ground); color: var(--odd) }
button { font: inherit; font-size: .9rem; padding: .3rem .8rem; border-radius: .45rem; cursor: pointer;
  border: 1px solid var(--line); background: var(--ground); color: var(--ink); white-space: nowrap }
button:hover { border-color: var(--faint) }
.actions { text-align: right } footer { color: var(--faint); font-size: .92rem } a { color: inherit }
@media (max-width: 40rem) { .legs, .pair { grid-template-columns: 1fr } }
`

// Written without template literals, because it stands in one.
const script = `
'use strict'
const at = JSON.parse(document.getElementById('data').textContent)
const isStranger = location.origin !== at.page
const show = (id, text) => { document.getElementById(id).textContent = text }
show('origin', location.origin); show('api', at.api); show('sidecar', at.sidecar)
const link = (to, text) => '<a href="' + to + '">' + text + '</a>'
if (isStranger) {
  const note = document.getElementById('stranger')
  note.hidden = false
  note.innerHTML = 'You opened the page as <code>' + location.origin + '</code>, which is not on the' +
    ' sidecar’s list, so the sidecar refuses everything. ' + link(at.page, 'Back to the allowed one.')
}
document.getElementById('elsewhere').innerHTML =
  (isStranger ? '' : 'Not on the list: ' + link(at.strangerPage, 'the same page as ' + at.strangerPage) + '. ') +
  (at.inspector ? 'What the sidecar decided, and why: ' + link(at.inspector, 'its inspector') + '.' : '')

const json = { 'content-type': 'application/json', authorization: 'Bearer demo-token' }
const summary = async response => response.status + ' ' + JSON.stringify(await response.json())
const rows = [
  { title: 'Read some JSON', note: 'A simple request needs no preflight. The API responds, but the page may not read it.',
    code: "fetch(api + '/books/1')", ask: api => fetch(api + '/books/1').then(summary) },
  { title: 'Change something, signed in with a token', note: 'The browser first sends a preflight, an OPTIONS request.',
    code: "fetch(api + '/books/1', { method: 'PUT', body: '{\\"price\\": 14}',\\n  headers: { 'content-type': 'application/json', authorization: 'Bearer demo-token' } })",
    ask: api => fetch(api + '/books/1', { method: 'PUT', headers: json, body: '{"price": 14}' }).then(summary) },
  { title: 'Sign in with a cookie, then use it', note: 'The page can neither set nor read the cookie, but must be allowed to send it.',
    code: "await fetch(api + '/session', { method: 'POST', credentials: 'include' })\\nfetch(api + '/session', { credentials: 'include' })",
    ask: async api => {
      await fetch(api + '/session', { method: 'POST', credentials: 'include' })
      return summary(await fetch(api + '/session', { credentials: 'include' }))
    } },
  { title: 'Read an error', note: 'Without CORS headers a 404 looks like a broken network to the page.',
    code: "fetch(api + '/nowhere')", ask: api => fetch(api + '/nowhere').then(summary) },
  { title: 'Read a response header', note: 'A page may read only a few headers; X-Total-Count has to be exposed.',
    code: "(await fetch(api + '/books')).headers.get('x-total-count')",
    ask: async api => {
      const count = (await fetch(api + '/books')).headers.get('x-total-count')
      if (count === null) throw new Error('the header was not exposed')
      return 'x-total-count: ' + count
    } },
  { title: 'Open a WebSocket', note: 'Browsers do not check WebSockets. The server must check the Origin, and this API does not.',
    code: "new WebSocket(api.replace('http', 'ws') + '/echo')", isOpenToAll: true,
    ask: api => new Promise((resolve, reject) => {
      const socket = new WebSocket(api.replace('http', 'ws') + '/echo')
      socket.onopen = () => socket.send('hello')
      socket.onmessage = event => { resolve('echoed: ' + event.data); socket.close() }
      socket.onerror = () => reject(new Error('the socket was refused'))
    }) },
]

async function run(row, api, card, isDirect) {
  card.className = 'result'
  card.textContent = '…'
  const started = performance.now()
  let verdict, kind, text
  try {
    text = await row.ask(api)
    const isOdd = isDirect && row.isOpenToAll
    verdict = isOdd ? 'open to every page' : 'works'
    kind = isOdd ? 'odd' : 'good'
  } catch (error) {
    text = error.name + ': ' + error.message
    verdict = row.isOpenToAll ? 'refused by the sidecar' : 'blocked by the browser'
    kind = 'bad'
  }
  card.className = 'result ' + kind
  const took = Math.round(performance.now() - started)
  card.innerHTML = '<b></b><code></code>'
  card.firstChild.textContent = verdict + ' · ' + took + ' ms'
  card.lastChild.textContent = text
}

const askers = rows.map((row, index) => {
  const box = document.createElement('section')
  box.className = 'row'
  box.innerHTML = '<div class="top"><div><h2></h2><p></p></div><button type="button">Send</button></div>' +
    '<pre></pre><div class="pair"><div data-leg="direct"></div><div data-leg="sidecar"></div></div>'
  box.querySelector('h2').textContent = row.title
  box.querySelector('p').textContent = row.note
  box.querySelector('pre').textContent = row.code
  const [direct, sidecar] = box.querySelectorAll('[data-leg]')
  const ask = () => Promise.all([run(row, at.api, direct, true), run(row, at.sidecar, sidecar, false)])
  box.querySelector('button').onclick = ask
  document.getElementById('rows').append(box)
  return ask
})
async function askAll() { for (const ask of askers) await ask(); document.body.dataset.done = 'yes' }
document.getElementById('all').onclick = askAll
askAll()
`
