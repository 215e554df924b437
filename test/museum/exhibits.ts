// Responses of real old servers, byte for byte as their handbooks, nmap's list of service answers and
// bug reports have them; names, dates and bodies are shortened. One character is one byte.

export interface Exhibit {
  readonly server: string
  /** What is odd about its response. */
  readonly shows: string
  /** Where somebody met it; the others are in nmap's list or in a handbook. */
  readonly report?: string
  readonly method?: 'HEAD'
  readonly bytes: string
  /** Whether the server keeps the connection open behind it. */
  readonly stays?: true
  /** What it means; undefined where it can be read in two ways, or is cut short. */
  readonly means?: Meaning
}

export interface Meaning {
  readonly status: number
  readonly body: string
  /** Fields that must arrive; names in lower case. */
  readonly fields?: Readonly<Record<string, string>>
}

const lines = (...all: readonly string[]) => all.map(line => `${line}\r\n`).join('')
const feeds = (...all: readonly string[]) => all.map(line => `${line}\n`).join('')
const page = '<html>ok</html>'
const isPage: Meaning = { status: 200, body: page }
const withField = (name: string, value: string): Meaning => ({
  ...isPage,
  fields: { [name]: value },
})

export const exhibits: readonly Exhibit[] = [
  {
    server: 'IIS 4.0',
    shows: '`100 Continue` that nobody asked for',
    bytes:
      lines('HTTP/1.1 100 Continue', 'Server: Microsoft-IIS/4.0', '') +
      lines('HTTP/1.1 200 OK', 'Server: Microsoft-IIS/4.0', 'Content-Length: 15', '') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'IIS 5.0, an ISAPI filter',
    shows: 'the status line twice',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Microsoft-IIS/5.0', 'HTTP/1.1 200 OK') +
      lines('Content-Type: text/html', 'Content-Length: 15', '') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'IIS 5.0, WebDAV',
    shows: 'no protocol before the status',
    bytes: lines('401 Access denied', 'WWW-Authenticate: Negotiate ', 'Content-length: 0', ''),
  },
  {
    server: 'IIS 6.0, classic ASP',
    shows: 'a sub-status in the status line',
    bytes:
      lines('HTTP/1.1 403.14 Forbidden', 'Server: Microsoft-IIS/6.0', 'Content-Length: 15', '') +
      page,
    stays: true,
    means: { status: 403, body: page },
  },
  {
    server: 'IIS 6.0, classic ASP',
    shows: 'a file name in Latin-1',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Microsoft-IIS/6.0', 'Content-Length: 15') +
      lines('Content-Disposition: attachment; filename=Preisliste f\xfcr H\xe4ndler.xls', '') +
      page,
    stays: true,
    means: withField(
      'content-disposition',
      'attachment; filename=Preisliste f\xfcr H\xe4ndler.xls',
    ),
  },
  {
    server: 'IIS 7.0, an ISAPI filter that compresses',
    shows: '`Content-Length` beside chunks',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Microsoft-IIS/7.0', 'Content-Length: 4711') +
      lines('Transfer-Encoding: chunked', '', 'f', page, '0', ''),
    stays: true,
    means: isPage,
  },
  {
    server: 'Apache 1.3',
    shows: 'chunk sizes padded with blanks',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Apache/1.3.27 (Unix)', 'Transfer-Encoding: chunked', '') +
      lines('f   ', page, '0', ''),
    stays: true,
    means: isPage,
  },
  {
    server: 'Apache 1.3',
    shows: 'keep-alive in HTTP/1.0',
    bytes:
      lines('HTTP/1.0 200 OK', 'Server: Apache/1.3.9 (Unix)', 'Content-Length: 15') +
      lines('Connection: Keep-Alive', 'Keep-Alive: timeout=15, max=100', '') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'Apache 1.3, Perl script with `nph-`',
    shows: 'lines that end in LF',
    bytes: feeds('HTTP/1.0 200 OK', 'Content-Type: text/html', '') + page,
    means: isPage,
  },
  {
    server: 'Apache 2.2, PHP as CGI',
    shows: 'a warning among the fields',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Apache/2.2.3 (CentOS)', 'Connection: close') +
      lines("PHP Warning:  Module 'gd' already loaded in Unknown on line 0") +
      lines('Content-Type: text/html', '') +
      page,
    means: withField('content-type', 'text/html'),
  },
  {
    server: 'Apache 2.2',
    shows: '204 with a length and a body',
    bytes:
      lines('HTTP/1.1 204 No Content', 'Server: Apache/2.2.15', 'Content-Length: 15', '') + page,
    means: { status: 204, body: '' },
  },
  {
    server: 'Apache 2.2',
    shows: '304 with a length and a body',
    bytes: lines('HTTP/1.1 304 Not Modified', 'ETag: "1-2-3"', 'Content-Length: 15', '') + page,
    means: { status: 304, body: '', fields: { etag: '"1-2-3"' } },
  },
  {
    server: 'Tomcat 3.2',
    shows: 'HTTP/1.0 up to the end of the connection, `Content-Type` twice',
    bytes:
      lines('HTTP/1.0 200 OK', 'Content-Type: text/html') +
      lines('Content-Type: text/html; charset=iso-8859-1') +
      lines('Set-Cookie2: JSESSIONID=fkumjm7nt1;Version=1;Discard;Path="/shop"') +
      lines('Servlet-Engine: Tomcat Web Server/3.2.1 (JSP 1.1; Servlet 2.2; Java 1.3.0)', '') +
      page,
    means: withField('set-cookie2', 'JSESSIONID=fkumjm7nt1;Version=1;Discard;Path="/shop"'),
  },
  {
    server: 'Tomcat 8.5',
    shows: 'an empty reason phrase',
    bytes: lines('HTTP/1.1 200 ', 'Content-Length: 15', '') + page,
    stays: true,
    means: isPage,
  },
  {
    server: 'Spring behind Tomcat, JPro',
    shows: '`Transfer-Encoding: chunked` twice',
    report: 'https://github.com/kubernetes/ingress-nginx/issues/11162',
    bytes:
      lines('HTTP/1.1 200', 'Transfer-Encoding: chunked', 'transfer-encoding: chunked', '') +
      lines('f', page, '0', ''),
    stays: true,
    means: isPage,
  },
  {
    server: 'WebLogic 6.1',
    shows: 'its length twice',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: WebLogic WebLogic Server 6.1 SP4', 'Content-Length: 15') +
      lines('Content-Type: text/html', 'Content-Length: 15', '') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'WebLogic 8.1 behind Squid 2.5',
    shows: 'its length twice in one line',
    bytes: lines('HTTP/1.0 200 OK', 'Content-Length: 15, 15', 'Via: 1.0 squid', '') + page,
    means: isPage,
  },
  {
    server: 'WebSphere 4',
    shows: '`$WSEP`, an empty field with an odd name',
    bytes:
      lines('HTTP/1.1 200 OK', '$WSEP: ', 'Content-Language: en', 'Content-Length: 15', '') + page,
    stays: true,
    means: withField('content-language', 'en'),
  },
  {
    server: 'Domino 5',
    shows: 'names of fields in every case, dates without a zone',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Lotus-Domino/5.0.8', 'CONTENT-TYPE: text/html') +
      lines('Expires: Tue, 01 Jan 1980 06:00:00', 'content-LENGTH: 15', 'Connection: close', '') +
      page,
    means: withField('expires', 'Tue, 01 Jan 1980 06:00:00'),
  },
  {
    server: 'Oracle HTTP Server, mod_plsql',
    shows: '`Transfer-Encoding: identity`',
    bytes: lines('HTTP/1.0 200 OK', 'Transfer-Encoding: identity', 'Content-Length: 15', '') + page,
    means: isPage,
  },
  {
    server: 'A SOAP stack over libwww',
    shows: '`Transfer-Encoding: chunked, identity`',
    bytes:
      lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked, identity', '') +
      lines('f', page, '0', ''),
    stays: true,
  },
  {
    server: 'Axis 1.1, SOAP',
    shows: 'chunks in HTTP/1.0',
    bytes: lines('HTTP/1.0 200 OK', 'Transfer-Encoding: chunked', '', 'f', page, '0', ''),
    means: isPage,
  },
  {
    server: 'Zope 2.7, Medusa',
    shows: 'a traceback folded over lines',
    bytes:
      lines('HTTP/1.0 500 Internal Server Error', 'Server: Zope/(Zope 2.7.0, python 2.3.3)') +
      lines('Bobo-Exception-Value: bobo exception', '\tin /shop', 'Content-Length: 15', '') +
      page,
    means: {
      status: 500,
      body: page,
      fields: { 'bobo-exception-value': 'bobo exception in /shop' },
    },
  },
  {
    server: 'ColdFusion 5',
    shows: 'a cookie folded over lines',
    bytes:
      lines('HTTP/1.1 200 OK', 'Set-Cookie: CFID=17;', '  path=/;', '  expires=Sat, 1-Jan-2028') +
      lines('Content-Length: 15', '') +
      page,
    stays: true,
    means: withField('set-cookie', 'CFID=17; path=/; expires=Sat, 1-Jan-2028'),
  },
  {
    server: 'PHP 4, a script that counts characters',
    shows: 'a length that is too short',
    bytes: `${lines('HTTP/1.1 200 OK', 'Content-Length: 15', '')}${page}\xfc`,
    means: isPage,
  },
  {
    server: 'PHP 4, a script that counts before it trims',
    shows: 'a length that is too long',
    bytes: lines('HTTP/1.1 200 OK', 'Content-Length: 17', '') + page,
  },
  {
    server: 'A portlet that does not know its length',
    shows: '`Content-Length: -1`',
    report: 'https://github.com/nahi/httpclient/pull/175',
    bytes: lines('HTTP/1.1 200 OK', 'Content-Length: -1', 'Connection: close', '') + page,
  },
  {
    server: 'A CGI script in C',
    shows: '`Content-Length: +15`',
    bytes: lines('HTTP/1.0 200 OK', 'Content-Length: +15', '') + page,
  },
  {
    server: 'A CGI script in Tcl',
    shows: 'an empty length',
    bytes: lines('HTTP/1.0 200 OK', 'Content-Length: ', '') + page,
  },
  {
    server: 'MenuetOS webcam server',
    shows: 'zeros before the length',
    bytes: lines('HTTP/1.1 200 OK', 'Server: Menuet', 'Content-Length: 0000015', '') + page,
    means: isPage,
  },
  {
    server: 'NetSupport Gateway',
    shows: 'LF, and blanks before the length',
    bytes: feeds('HTTP/1.1 200 OK', 'Content-Length:    15', 'Connection: Keep-Alive', '') + page,
    stays: true,
    means: isPage,
  },
  {
    server: 'Mesos agent',
    shows: 'a blank before the colon of the length',
    report: 'https://github.com/nodejs/http-parser/issues/297',
    bytes: lines('HTTP/1.1 200 OK', 'Content-Length : 15', '') + page,
  },
  {
    server: 'GoAhead 2, a camera',
    shows: 'a date without its name',
    report: 'https://github.com/home-assistant/core/issues/14960',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: GoaHead', 'Tue, 12 Jun 2012 01:56:34 GMT') +
      lines('Content-Type:image/jpeg', 'Content-Length:15', 'Connection: close', '') +
      page,
    means: withField('content-type', 'image/jpeg'),
  },
  {
    server: 'GoAhead 2, a router',
    shows: 'a date of C, and a backslash in `Location`',
    bytes:
      lines('HTTP/1.0 302 Redirect', 'Server: GoAhead-Webs', 'Date: Thu Jan  1 00:10:33 1970') +
      lines('Location: home\\log in.asp?m\xfc=1', ''),
    means: {
      status: 302,
      body: '',
      fields: { location: 'home\\log in.asp?m\xfc=1' },
    },
  },
  {
    server: 'A Sonoff camera, shell script as CGI',
    shows: 'output of a program among the fields, without a colon',
    report: 'https://github.com/roleoroleo/sonoff-hack/pull/219',
    bytes:
      lines('HTTP/1.1 200 OK', 'PTZ_CMD_GOTO_POS pPtzInfo->nXPos=1750 ,pPtzInfo->nYPos=1365') +
      lines('Content-type: application/json', '') +
      '{}',
    means: { status: 200, body: '{}', fields: { 'content-type': 'application/json' } },
  },
  {
    server: 'Netis WF2411, a router',
    shows: 'the rest of a line that was broken in two',
    report: 'https://github.com/projectdiscovery/httpx/issues/960',
    bytes:
      lines('HTTP/1.0 401 Unauthorized', 'WWW-Authenticate: Basic realm="', 'user"') +
      lines('Content-Length: 15', '') +
      page,
    means: { status: 401, body: page },
  },
  {
    server: 'A site behind Imperva',
    shows: 'an equals sign where the colon belongs',
    report: 'https://github.com/request/request/issues/1884',
    bytes:
      lines('HTTP/1.1 200 OK', 'X-Frame-Options="ALLOW-FORM: shop.example"', 'Content-Length: 15') +
      lines('') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'A site of “Excellent Serv”',
    shows: 'blanks in a name and before its colon',
    report: 'https://github.com/nghttp2/nghttp2/issues/698',
    bytes:
      lines('HTTP/1.1 302 Found', 'Secured by Excellent Serv :', 'Location: /ar/home.html') +
      lines('Content-Length: 0', ''),
    stays: true,
    means: { status: 302, body: '', fields: { location: '/ar/home.html' } },
  },
  {
    server: 'A form pasted from a text processor',
    shows: 'hyphens of Unicode in a name',
    report: 'https://github.com/bogdanfinn/tls-client/issues/150',
    bytes:
      lines('HTTP/1.1 200 OK', 'Strict\xe2\x80\x90Transport\xe2\x80\x90Security: max-age=1') +
      lines('Content-Length: 15', '') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'Grandstream HT801, a telephone adapter',
    shows: 'the status line twice, in HTTP/1.0',
    report: 'https://github.com/projectdiscovery/nuclei/issues/7363',
    bytes: lines('HTTP/1.0 200 OK', 'HTTP/1.0 200 OK', 'Content-Type: text/html', '') + page,
    means: isPage,
  },
  {
    server: 'Cisco Aironet BR500E',
    shows: 'two status lines that differ',
    bytes: `HTTP/1.0 400 Bad-Request\n${lines('HTTP/1.0 200 OK', 'Content-type: text/html', '')}${page}`,
    means: { status: 400, body: page },
  },
  {
    server: 'Cisco IOS',
    shows: 'LF, and a blank behind the reason',
    bytes: feeds('HTTP/1.0 200 OK ', 'Server: cisco-IOS Technologies/1.0 HTTP-server', '') + page,
    means: isPage,
  },
  {
    server: 'Thomson cable modem',
    shows: 'HTTP/0.9 with a status line',
    bytes:
      lines('HTTP/0.9 200 Document follows', 'Connection: close', 'Content-Length: 15', '') + page,
    means: isPage,
  },
  {
    server: 'SmarterTools, ASP.NET',
    shows: 'HTTP/2.0 in a status line of HTTP/1',
    bytes: lines('HTTP/2.0 302 Found', 'Location: /Login.aspx', 'Content-Length: 0', ''),
    means: { status: 302, body: '', fields: { location: '/Login.aspx' } },
  },
  {
    server: 'WIBU CodeMeter, a dongle',
    shows: '`HTTP1.1` without its slash',
    bytes:
      lines('HTTP1.1 200 OK', 'Server: WIBU-SYSTEMS HTTP Server', 'Content-Length: 15', '') + page,
  },
  {
    server: 'A home-made server',
    shows: '`http/1.1` in lower case',
    bytes: lines('http/1.1 200 ok', 'Content-Length: 15', '') + page,
    means: isPage,
  },
  {
    server: 'mini_httpd in a disk station',
    shows: '`(null)` for the protocol',
    bytes: lines('(null) 302 Found', 'Server: ', 'Location: /index.cgi', ''),
  },
  {
    server: 'SHOUTcast 1.9',
    shows: '`ICY 200 OK`',
    report: 'https://github.com/espressif/arduino-esp32/issues/4454',
    bytes: lines('ICY 200 OK', 'icy-name:Radio Especially', 'content-type:audio/mpeg', '') + page,
    means: withField('icy-name', 'Radio Especially'),
  },
  {
    server: 'A data logger',
    shows: 'HTTP/0.9: a page and nothing else',
    report: 'https://github.com/creationix/http-parser-js/issues/73',
    bytes: `${page}\r\n`,
  },
  {
    server: 'HP embedded server, scanning',
    shows: 'neither reason nor blank behind the status',
    bytes: `${lines('HTTP/1.0 500', 'Content-type: text/plain', '')}No Scan Capable Devices Found`,
    means: { status: 500, body: 'No Scan Capable Devices Found' },
  },
  {
    server: 'HP LaserJet, Virata-EmWeb',
    shows: 'chunks with extensions and zeros',
    bytes:
      lines('HTTP/1.1 200 OK', 'Server: Virata-EmWeb/R6_2_1', 'Transfer-Encoding: chunked', '') +
      lines('00000f;ignore-stuff', page, '000', ''),
    stays: true,
    means: isPage,
  },
  {
    server: 'Xerox printer, Allegro RomPager',
    shows: 'an empty `EXT`, chunks up to a 0 without the empty line',
    bytes:
      lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Server: RomPager/4.07 UPnP/1.0') +
      lines('EXT:', '', 'f', page, '0'),
    means: { ...isPage, fields: { ext: '' } },
  },
  {
    server: 'A router with RomPager',
    shows: 'chunks without the last one',
    bytes: lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', 'f', page),
  },
  {
    server: 'A camera with uc-httpd',
    shows: 'HEAD answered with a body',
    method: 'HEAD',
    bytes: lines('HTTP/1.1 200 OK', 'Content-Length: 15', '') + page,
    means: { status: 200, body: '', fields: { 'content-length': '15' } },
  },
  {
    server: 'Motion, a webcam gateway',
    shows: 'LF, a stream of pictures without end',
    bytes:
      feeds('HTTP/1.1 200 OK', 'Max-Age: 0', 'Expires: 0') +
      feeds('Content-type: multipart/x-mixed-replace;boundary=BoundaryString', '') +
      feeds('--BoundaryString'),
    means: { status: 200, body: '--BoundaryString\n' },
  },
  {
    server: 'OpenCentauri camera',
    shows: '`Expires` with the places of its format',
    report: 'https://github.com/OpenCentauri/cc-fw-tools/issues/108',
    bytes:
      lines('HTTP/1.0 200 OK', 'Expires: Thu, %d %d %d %d:%d:%d GMT') +
      lines('Content-Type: multipart/x-mixed-replace; boundary=--foo', '') +
      page,
    means: withField('expires', 'Thu, %d %d %d %d:%d:%d GMT'),
  },
  {
    server: 'Panasonic webcam',
    shows: 'status -1',
    bytes: lines('HTTP/1.0 -1 Internal Server Error', ''),
  },
  {
    server: 'Allen-Bradley PLC',
    shows: 'blanks behind the reason',
    bytes: lines('HTTP/1.0 200 OK    ', 'Server: A-B WWW/0.1', '') + page,
    means: isPage,
  },
  {
    server: 'Schneider Modicon, a PLC',
    shows: 'a date in capitals, and memory that was never set in `Location`',
    bytes:
      lines('HTTP/1.0 302 Redirect', 'Server: Schneider-WEB/V2.1.4') +
      lines('Date: THU JAN 01 00:00:00 1970', 'Content-length: 0') +
      lines(`Location: http://${'\xee'.repeat(12)}/index.htm`, ''),
    means: { status: 302, body: '', fields: { location: `http://${'\xee'.repeat(12)}/index.htm` } },
  },
  {
    server: 'BSB-LAN, a heating controller',
    shows: 'one line ends in LF, the others in CR LF',
    report: 'https://github.com/nodejs/node/issues/43798',
    bytes: `HTTP/1.1 200 OK\r\nContent-Type: text/html\n${lines('Content-Length: 15', '')}${page}`,
    stays: true,
    means: isPage,
  },
  {
    server: 'ESP8266, lwIP',
    shows: 'CR LF LF behind the head',
    bytes: 'HTTP/1.0 400 BadRequest\r\nContent-Length: 0\r\nServer: lwIP/1.4.0\r\n\n',
    means: { status: 400, body: '' },
  },
  {
    server: 'uGateway, a radiator controller',
    shows: 'no blank behind the status, HTTP/1.1',
    report: 'https://github.com/Feller-AG/wiser-api/issues/50',
    bytes: lines('HTTP/1.1 200', 'Content-Length: 15', '') + page,
    stays: true,
    means: isPage,
  },
  {
    server: 'DigiEver, video recorder',
    shows: 'a control byte in a value',
    report: 'https://github.com/simplifaisoul/osiris/pull/284',
    bytes: lines('HTTP/1.1 200 OK', 'X-Name: cam\x011', 'Content-Length: 15', '') + page,
    stays: true,
    means: isPage,
  },
  {
    server: 'DeviceWISE, machine to machine',
    shows: 'line ends and NUL before the status line',
    bytes: `\r\n\r\n\0${lines('HTTP/1.0 500 Internal Server Error', 'Content-Length: 0', '')}`,
  },
  {
    server: 'A terminal server',
    shows: 'line ends before the status line',
    bytes: `\r\n\r\n${lines('HTTP/1.0 200 OK', '')}${page}`,
    means: isPage,
  },
  {
    server: 'A Forth board',
    shows: 'a blank before the status line',
    bytes: ` ${lines('HTTP/1.0 200 OK', '')}${page}`,
  },
  {
    server: 'A value padded in a C struct',
    shows: 'NUL in a value',
    bytes: lines('HTTP/1.1 200 OK', 'X-Serial: 4711\0\0', 'Content-Length: 15', '') + page,
  },
  {
    server: 'A script of classic Mac OS',
    shows: 'lines that end in CR',
    bytes: `HTTP/1.0 200 OK\rContent-Type: text/html\r\r${page}`,
  },
  {
    server: 'A gateway in Latin-1',
    shows: 'a reason phrase of 600 bytes',
    bytes: `HTTP/1.1 503 ${'\xdcberlastung '.repeat(50)}\r\n${lines('Content-Length: 15', '')}${page}`,
    stays: true,
    means: { status: 503, body: page },
  },
  {
    server: 'Ubicom, an access point',
    shows: 'a second response behind the first',
    bytes:
      lines('HTTP/1.0 400 Bad Request', 'Server: Ubicom/1.1', 'Content-Length: 11', '') +
      'Bad Request' +
      lines('HTTP/1.1 500 Server Error', '', 'Connection: close'),
    means: { status: 400, body: 'Bad Request' },
  },
  {
    server: 'Two programs that write to one socket',
    shows: 'two lengths that differ',
    bytes: lines('HTTP/1.1 200 OK', 'Content-Length: 15', 'Content-Length: 2', '') + page,
  },
  {
    server: 'thttpd 2.25',
    shows: 'keep-alive, spelled oddly',
    bytes:
      lines(
        'HTTP/1.1 200 Ok',
        'Server: thttpd/2.25b 29dec2003',
        'Connection: Keep-alive, KeepAlive',
      ) +
      lines('Content-Length: 15', '') +
      page,
    stays: true,
    means: isPage,
  },
  {
    server: 'Boa 0.94, Jetty 4',
    shows: 'nothing odd but its age',
    bytes:
      lines('HTTP/1.0 200 OK', 'Server: Boa/0.94.13', 'Connection: close') +
      lines('Content-Type: text/html', '') +
      page,
    means: withField('content-type', 'text/html'),
  },
]
