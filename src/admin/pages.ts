// The pages a browser gets outside the inspector: index, sign-in, refusals. No script, no file from elsewhere.
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { variableName } from '../terms/option-names.js'
import type { AccessRefusal } from './access.js'
import { reply, replyText } from './reply.js'
import type { AdminRoute } from './route.js'

/** True for a person in front of a browser; programs get JSON. */
export function wantsPage(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true
}

const access: Record<AdminRoute['access'], string> = {
  open: 'anyone',
  private: 'this machine, or token',
  local: 'this machine',
}

/** The addresses of the port, what each answers, and how to switch on what is off. */
export function replyIndex(
  response: ServerResponse,
  routes: readonly AdminRoute[],
  isPage: boolean,
): void {
  const entries = routes.flatMap(({ says, off, ...route }) => {
    const how = off?.()
    return says === undefined ? [] : [{ ...route, says, off: how && `off. ${how}` }]
  })
  if (!isPage) {
    const lines = entries.map(({ path, method, says, access: who, off }) => {
      const text = off ?? (method === 'POST' ? `POST ${says}` : says)
      return `${path.padEnd(14)} ${access[who].padEnd(23)} ${text}`
    })
    replyText(response, 200, ['cors-sidecar: the admin port', '', ...lines].join('\n'))
    return
  }
  const rows = entries.map(({ path, method, says, access: who, off }) => {
    const name = method === 'GET' && !off ? `<a href="${path}">${path}</a>` : path
    const text = off ?? (method === 'POST' ? `POST ${says}` : says)
    return `<tr><th scope="row">${name}</th><td>${escaped(text)}</td><td>${access[who]}</td></tr>`
  })
  replyPage(
    response,
    200,
    'Admin port',
    `<table><thead><tr><th>Address</th><th>What it is</th><th>Who may read it</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`,
  )
}

/** Where the token is typed; `problem` says why it has to be typed once more. */
export function replySignIn(response: ServerResponse, status: number, problem?: string): void {
  replyPage(
    response,
    status,
    'Sign in',
    `${problem === undefined ? '' : `<p class="problem" role="alert">${escaped(problem)}</p>`}
<form method="post" action="/sign-in">
<label for="token">Admin token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p>The token is the value of <code>${variableName('adminToken')}</code>. This browser stays signed in for twelve hours.</p>`,
    // Without it the form would be sent with "Origin: null".
    { 'referrer-policy': 'same-origin', 'www-authenticate': 'Bearer' },
  )
}

/** A refusal in words, with what to do where there is no token to sign in with. */
export function replyRefusalPage(response: ServerResponse, refusal: AccessRefusal): void {
  const ways =
    refusal.reason === 'peer-not-loopback'
      ? `<p>There are two ways:</p>
<ul><li>Forward the port, and open it as <code>localhost</code>:<br>
<code>kubectl port-forward POD 8011</code><br><code>ssh -L 8011:localhost:8011 HOST</code></li>
<li>Start the sidecar with a long random <code>${variableName('adminToken')}</code>, and sign in here:<br>
<code>docker run -e ${variableName('adminToken')}=… -e ${variableName('inspect')}=true -p 127.0.0.1:8011:8011 …</code></li></ul>`
      : ''
  replyPage(response, refusal.status, 'Not from here', `<p>${escaped(refusal.message)}</p>${ways}`)
}

export function replyMessagePage(
  response: ServerResponse,
  status: number,
  title: string,
  message: string,
): void {
  replyPage(
    response,
    status,
    title,
    `<p>${escaped(message)}</p><p><a href="/">Pages of the admin port</a></p>`,
  )
}

const style = `:root{color-scheme:light dark}
body{max-width:46rem;margin:3rem auto;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;background:light-dark(#f5f6f8,#0e1217);color:light-dark(#17202b,#e4e9ef)}
h1{font-size:1.25rem}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .75rem .35rem 0;text-align:left;vertical-align:top;border-bottom:1px solid light-dark(#dde2e8,#2b343f);font-weight:400}
thead th{color:light-dark(#556170,#9aa7b6)}a{color:light-dark(#2f55c7,#8eabff)}code{font-size:.95em}
@media (max-width:40rem){table,tbody,tr,th,td{display:block}thead{display:none}th,td{border:0;padding:0}tr{padding:.5rem 0;border-bottom:1px solid light-dark(#dde2e8,#2b343f)}}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}input,button{font:inherit;min-height:2.1rem;padding:0 .6rem}
input{flex:1 1 14rem}label{flex:1 0 100%}li{margin:.5rem 0}.problem{color:light-dark(#b01e2b,#ff938f)}`

const styleHash = createHash('sha256').update(style).digest('base64')

function replyPage(
  response: ServerResponse,
  status: number,
  title: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} · cors-sidecar</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><main><h1>cors-sidecar: ${title.toLowerCase()}</h1>
${body}
</main></body></html>
`
  reply(response, status, 'text/html; charset=utf-8', html, {
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    ...headers,
  })
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
