// Expressions as people write them into the CORS settings of their frameworks, gateways and proxies:
// subdomains, previews of hosting services, tenants, ports, private networks. All of them end soon and
// let no stranger in; names below a suffix that a provider shares are in the second list.

const written = String.raw

export const harmless: readonly string[] = written`
^https:\/\/app\.shopname\.com$
^https?:\/\/(www\.)?shopname\.com$
^https:\/\/([a-z0-9-]+\.)*shopname\.com$
^https:\/\/([a-z0-9]+[.])*shopname[.]com$
^https:\/\/(.+\.)?shopname\.com$
^https?:\/\/(.*\.)?shopname\.com(:\d+)?$
https:\/\/.*\.shopname\.com
^https:\/\/[\w-]+\.shopname\.com$
^https:\/\/(?:[\w-]+\.)+shopname\.co\.uk$
^https:\/\/([^.]+\.)?shopname\.com$
^https:\/\/[^/]+\.shopname\.com$
^https:\/\/\S+\.shopname\.com$
^https:\/\/[a-z0-9.-]+\.shopname\.com$
^https:\/\/[a-z0-9_.-]*\.?corp\.shopname\.com$
^https:\/\/[a-z0-9-]{1,63}\.shopname\.com$
^https:\/\/[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.shopname\.com$
^https:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+shopname\.com$
^https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.shopname\.com$
^https:\/\/(\w+\.){1,3}shopname\.com$
^https:\/\/(\w+)(\.\w+)?\.shopname\.com$
^https:\/\/[\da-z]+(-[\da-z]+)*\.shopname\.com$
^https:\/\/(?!admin)[a-z0-9-]+\.shopname\.com$
^https:\/\/(?<env>dev|qa)\.shopname\.com$
^https:\/\/app\.(staging\.)?shopname\.com$
^https:\/\/([a-z]+-)?api\.shopname\.com$
^https:\/\/(www\.)?(my-)?shopname(-beta)?\.com$
^https:\/\/sub\d\.shopname\.com$
^https:\/\/tenant\d{1,6}\.shopname\.cloud$
^https:\/\/(?:eu|us|ap)-[0-9]\.console\.shopname\.io$
^https:\/\/app-v[0-9]+\.shopname\.io$
^https:\/\/[a-z]{2}\.shopname\.org$
^https:\/\/[a-z]{2}-[a-z]{2}\.shopname\.org(:443)?$
^https:\/\/(?:[a-f0-9]{8}|latest)\.cdn\.shopname\.net$
^https:\/\/x[0-9a-z]+\.s3\.shopname\.com$
^https:\/\/feature-[\w.-]+\.shopname\.dev$
^https:\/\/pr-\d+\.preview\.shopname\.dev$
^https:\/\/shopname-[a-z0-9]+-myteam\.internal\.shopname\.com$
^https:\/\/[a-z0-9-]+-[a-z0-9-]+\.preview\.shopname\.dev$
^https?:\/\/([a-z0-9-]+\.)*(shopname|othershop)\.(com|co\.uk)$
^https:\/\/(dev|stage|www)\.shopname\.(com|net|de)$
^https:\/\/shopname\.com\.au$
^https:\/\/shopname\.com(?:\.(?:au|br|mx))?$
^https:\/\/shop(?:name|names)\.(?:com|net|org|io|dev|co\.uk|de|fr|es|it|nl|pl)$
^https:\/\/[a-z0-9-]+\.shopname\.pages\.dev$
^https:\/\/([a-z0-9]+\.)?shopname\.pages\.dev$
^https:\/\/shopname(-staging|-dev)?\.herokuapp\.com$
^https:\/\/my-(first|second)-project\.web\.app$
^http:\/\/localhost(:[0-9]+)?$
^https?:\/\/localhost:\d+$
^http:\/\/localhost:(3000|3001|5173|8080)$
^https?:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?$
^http:\/\/127\.0\.0\.1:\d+$
^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$
^http:\/\/[\w-]+\.localhost(:\d+)?$
^https?:\/\/[a-z-]+\.test(:\d+)?$
^http:\/\/[a-z0-9-]+\.local(:\d+)?$
^http:\/\/192\.168\.\d{1,3}\.\d{1,3}(:\d+)?$
^http:\/\/10\.\d+\.\d+\.\d+:3000$
^http:\/\/172\.(1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}(:\d+)?$
^https:\/\/203\.0\.113\.\d{1,3}$
^chrome-extension:\/\/[a-z]{32}$
^moz-extension:\/\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$
^capacitor:\/\/localhost$
^(capacitor|ionic|http|https):\/\/localhost$
`
  .trim()
  .split('\n')

/** Harmless without credentials; with them a stranger's page under the same suffix could read. */
export const shared: readonly string[] = written`
^https:\/\/shop-[a-z0-9]+\.pages\.dev$
^https:\/\/[a-z]+\.github\.io$
^https:\/\/deploy-preview-\d+--shopname\.netlify\.app$
^https:\/\/[a-z0-9-]+--shopname\.netlify\.app$
^https:\/\/shopname-(git-)?[a-z0-9-]+-myteam\.vercel\.app$
^https:\/\/(shopname|.*-shopname)\.vercel\.app$
^https:\/\/shopname-pr-[0-9]+\.herokuapp\.com$
^https:\/\/shopname--pr\d+-[a-z0-9]+\.web\.app$
^https:\/\/[a-z0-9-]+-shop\.s3\.amazonaws\.com$
^https:\/\/(?:app\.shopname\.com|shopname-.+\.vercel\.app|www\.shopname\.com)$
`
  .trim()
  .split('\n')
