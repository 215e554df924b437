// Debian's Tomcat with web applications written for one test.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort, type RealPeer, running } from './real-peers.js'

export interface WebApplication {
  /** The folder it is in; `ROOT` for all paths. */
  readonly context: string
  /** JSP pages by name, and what they are served for. */
  readonly pages: readonly {
    readonly name: string
    readonly pattern: string
    readonly text: string
  }[]
}

/** Starts it; `attributes` are those of its connector beside the address. */
export async function startTomcat(
  catalina: string,
  { context, pages }: WebApplication,
  attributes = '',
): Promise<RealPeer> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-tomcat-'))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  for (const folder of ['logs', 'temp', 'work']) mkdirSync(join(directory, folder))
  write(
    'conf/server.xml',
    `<Server port="-1"><Service name="Catalina">
      <Connector address="127.0.0.1" port="${port}" ${attributes} />
      <Engine name="Catalina" defaultHost="localhost">
        <Host name="localhost" appBase="webapps" />
      </Engine>
    </Service></Server>`,
  )
  const inside = `webapps/${context}/WEB-INF`
  const servlets = pages.map(({ name, pattern, text }) => {
    write(`${inside}/${name}.jsp`, text)
    const named = `<servlet-name>${name}</servlet-name>`
    return `<servlet>${named}<jsp-file>/WEB-INF/${name}.jsp</jsp-file></servlet>
      <servlet-mapping>${named}<url-pattern>${pattern}</url-pattern></servlet-mapping>`
  })
  write(
    `${inside}/web.xml`,
    `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
      <servlet>
        <servlet-name>jsp</servlet-name>
        <servlet-class>org.apache.jasper.servlet.JspServlet</servlet-class>
      </servlet>
      ${servlets.join('\n')}
    </web-app>`,
  )
  const child = spawn(catalina, ['run'], {
    env: { ...process.env, CATALINA_BASE: directory, CATALINA_HOME: '/usr/share/tomcat10' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return running(child, `http://127.0.0.1:${port}`, directory, directory)
}
