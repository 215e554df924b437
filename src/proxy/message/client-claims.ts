/**
 * Fields by which proxies tell the server behind them who the client is, how it came, and what it
 * asked for. From anyone else they are claims: servers take them for the address that limits and
 * access rules go by, or serve another path than the one that was judged. Besides these, every name
 * that begins with `X-Forwarded-` is one.
 */
export const clientClaims = [
  // Whose address it is.
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'client-ip',
  'do-connecting-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded-for',
  'proxy-client-ip',
  'true-client-ip',
  'wl-proxy-client-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-forwarded',
  'x-original-for',
  'x-original-forwarded-for',
  'x-original-remote-addr',
  'x-originating-ip',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-true-client-ip',
  // What certificate it showed (RFC 9440).
  'client-cert',
  'client-cert-chain',
  // By which scheme, host and port it came.
  'cf-visitor',
  'cloudfront-forwarded-proto',
  'front-end-https',
  'x-arr-ssl',
  'x-host',
  'x-http-host-override',
  'x-original-host',
  'x-original-proto',
  'x-real-port',
  'x-scheme',
  'x-url-scheme',
  // Which path it asked for.
  'x-envoy-original-path',
  'x-original-path',
  'x-original-uri',
  'x-original-url',
  'x-override-url',
  'x-rewrite-url',
  'x-script-name',
] as const
