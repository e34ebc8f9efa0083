#!/usr/bin/env bash
# Proves the chart: it renders as its examples say, its manifests are valid, its refusals name the key, its rules fire when they
# should. Builds helm where there is Go and no helm; needs Python for the manifests' schemas. What is missing is skipped, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT

skip() {
  echo "SKIPPED: $1"
  exit 0
}

if command -v promtool >/dev/null; then
  promtool check rules charts/retort/rules.yaml
  promtool test rules charts/retort/tests/rules_test.yaml
else
  skip 'promtool is not here: the alerting rules were not tested'
fi

if ! command -v helm >/dev/null; then
  command -v go >/dev/null || skip 'neither helm nor Go is here: the chart was not rendered'
  GOBIN="$tools" go install helm.sh/helm/v3/cmd/helm@v3.18.6 || skip 'helm could not be built: the chart was not rendered'
  PATH="$tools:$PATH"
fi

if command -v go >/dev/null; then
  command -v helm-unittest >/dev/null ||
    GOBIN="$tools" go install github.com/helm-unittest/helm-unittest/cmd/helm-unittest@v0.8.2
  PATH="$tools:$PATH" helm-unittest --file 'tests/unit/*_test.yaml' charts/retort
else
  echo 'SKIPPED: Go is not here: the unit tests of the chart were not run'
fi

render() { helm template retort charts/retort --namespace retort --kube-version 1.31.0 "$@"; }

# refused KEY ARGUMENT…: the values are refused, and the message names the key.
refused() {
  local key=$1 said
  shift
  if said=$(render "$@" 2>&1); then echo "accepted: $*" && exit 1; fi
  grep -qF "$key" <<<"$said" || { printf 'refused without naming %s: %s\n' "$key" "$said" && exit 1; }
}

for example in minimal production distributed; do
  helm lint --quiet charts/retort --values "charts/retort/examples/$example.yaml"
  render --values "charts/retort/examples/$example.yaml" >"$tools/$example.yaml"
  diff -u "charts/retort/examples/$example.rendered.yaml" "$tools/$example.yaml"
done
# A gateway that routes to each service by itself has the whole table of routes.
routed=$(render --values charts/retort/examples/distributed.yaml --set httpRoute.withoutEdge=true | grep -c 'method: ')
[ "$routed" = "$(grep -c '"method":' charts/retort/routes.json)" ]
echo "a gateway can route to $routed endpoints by itself"
open='networkPolicy.enabled=false'
refused networkPolicy.callers
refused replicas --set "$open,replicas=2"
refused ingress.host --set "$open,ingress.enabled=true"
refused httpRoute.parentRefs --set "$open,httpRoute.enabled=true"
refused settings.RETORT_TEACHER_API_KEY --set "$open,settings.RETORT_TEACHER_API_KEY=secret"
refused LOG_LEVEL --set "$open,settings.LOG_LEVEL=debug"
refused size --set "$open,size=huge"
refused serviceAccount.annotations --set "$open,serviceAccount.create=false,serviceAccount.annotations.a=b"
refused distributed.existingSecret --set "$open,mode=distributed"
servers='mode=distributed,distributed.existingSecret=s'
refused distributed.kafkaBrokers --set "$open,$servers"
refused distributed.artifacts.existingClaim --set "$open,$servers,distributed.kafkaBrokers={a:1}"
whole="$open,$servers,distributed.kafkaBrokers={a:1},distributed.artifacts.existingClaim=c"
render --set "$whole" >/dev/null
refused distributed.services.edge.maxReplicas --set "$whole,distributed.services.edge.maxReplicas=1"
refused distributed.services.curation.maxReplicas --set "$whole,distributed.services.curation.lag=5"
refused distributed.services.edge.settings.RETORT_TEACHER_API_KEY --set "$whole,distributed.services.edge.settings.RETORT_TEACHER_API_KEY=x"
refused database.existingSecret --set "$whole,database.existingSecret=s"
refused distributed.existingSecret --set "$open,distributed.existingSecret=s"
refused httpRoute.withoutEdge --set "$whole,httpRoute.withoutEdge=true"
refused ingestion --set "$whole,distributed.services.ingestion.replicas=1"
refused mode --set "$open,mode=both"
refused callers --set 'networkPolicy.callers={}' --set-json 'networkPolicy.callers=[{}]'
refused podNetworks --set "$whole" --set 'distributed.podNetworks={10.0.0.0/99}'
refused existingSecrets --set "$open" --set 'existingSecrets={Not_A_Name}'
refused persistence.existingClaim --set "$whole,persistence.existingClaim=data"
refused distributed.keda.enabled --set "$open,distributed.keda.enabled=true"
refused /resources/limits/memory --set "$open,resources.limits.memory=512MB"
refused /resources/requests/cpu --set "$open,resources.requests.cpu=1core"
refused /curation/resources/requests/memory --set "$whole" --set 'distributed.services.curation.resources.requests.memory=2 Gi'
refused resources --set "$open,resources.request.cpu=1"
echo 'twenty-eight impossible configurations were refused by name'

command -v python3 >/dev/null || skip 'Python is not here: the manifests were not validated'
python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet kubernetes-validate==1.37.0
"$tools/venv/bin/python" - "$tools/minimal.yaml" "$tools/production.yaml" "$tools/distributed.yaml" <<'PYTHON'
import sys
import kubernetes_validate
import yaml

custom = {'HTTPRoute', 'PrometheusRule', 'ScaledObject', 'ServiceMonitor'}
valid = 0
for path in sys.argv[1:]:
    for manifest in filter(None, yaml.safe_load_all(open(path))):
        if manifest['kind'] not in custom:
            kubernetes_validate.validate(manifest, '1.31', strict=True)
            valid += 1
print(f'{valid} manifests are valid for Kubernetes 1.31; of {", ".join(sorted(custom))} no schema is at hand')
PYTHON
