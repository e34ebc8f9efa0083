{{- define "retort.name" -}}
{{- .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "retort.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "retort.selector" -}}
app.kubernetes.io/name: {{ include "retort.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "retort.labels" -}}
{{ include "retort.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "retort.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "retort.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "retort.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "retort.resources" -}}
{{- $sizes := dict
  "small" (dict "requests" (dict "cpu" "500m" "memory" "1Gi") "limits" (dict "memory" "2Gi"))
  "medium" (dict "requests" (dict "cpu" "2" "memory" "4Gi") "limits" (dict "memory" "8Gi"))
  "large" (dict "requests" (dict "cpu" "8" "memory" "16Gi") "limits" (dict "memory" "32Gi")) -}}
{{- if .Values.size -}}
{{- toYaml (get $sizes .Values.size) -}}
{{- else -}}
{{- toYaml .Values.resources -}}
{{- end -}}
{{- end -}}

{{- /* What every container of the platform may do: nothing but its work. */ -}}
{{- define "retort.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "retort.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /* The environment of every process of the distributed mode. */ -}}
{{- define "retort.distributedEnvironment" -}}
- { name: RETORT_EVENT_STORE, value: eventstoredb }
- { name: RETORT_BUS, value: kafka }
- { name: RETORT_KAFKA_BROKERS, value: {{ join "," .Values.distributed.kafkaBrokers | quote }} }
- { name: RETORT_GATEWAY_URL, value: 'http://{{ include "retort.fullname" . }}-edge:4000' }
{{- with .Values.distributed.podNetworks }}
- { name: RETORT_TRUSTED_PROXIES, value: {{ join "," . | quote }} }
{{- end }}
{{- range $name, $value := .Values.settings }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{- /* Artifacts: of all pods, or of a bucket, when a pod has room of its own for what it works on. */ -}}
{{- define "retort.artifactsVolume" -}}
{{- if eq (toString .Values.settings.RETORT_ARTIFACTS) "s3" -}}
emptyDir: {}
{{- else -}}
persistentVolumeClaim: { claimName: {{ .Values.distributed.artifacts.existingClaim }} }
{{- end -}}
{{- end -}}

{{- define "retort.distributedSecrets" -}}
- secretRef: { name: {{ .Values.distributed.existingSecret }} }
{{- range .Values.existingSecrets }}
- secretRef: { name: {{ . }} }
{{- end }}
{{- end -}}

{{- /* Refuses a setting that no process reads, one that is a secret or carries a password, and one that the chart sets itself. */ -}}
{{- define "retort.validSetting" -}}
{{- $known := .root.Files.Get "settings.json" | fromJson -}}
{{- $ours := dict
  "RETORT_HOST" "nothing" "RETORT_PORT" "nothing" "RETORT_DATA_FOLDER" "nothing" "RETORT_SPOOL_FOLDER" "nothing"
  "RETORT_TENANT" "tenant" "RETORT_BOOTSTRAP_TENANT" "tenant" "RETORT_EVENT_STORE" "mode" "RETORT_BUS" "mode"
  "RETORT_KAFKA_BROKERS" "distributed.kafkaBrokers" "RETORT_GATEWAY_URL" "nothing" "RETORT_EDGE_SERVICE_URL" "nothing"
  "RETORT_KUBERNETES_NAMESPACE" "nothing" "RETORT_TRAIN_JOB_IMAGE" "image" -}}
{{- if .root.Values.distributed.podNetworks -}}
{{- $_ := set $ours "RETORT_TRUSTED_PROXIES" "distributed.podNetworks" -}}
{{- end -}}
{{- if not (hasKey $known .name) -}}
{{- fail (printf "%s: no process reads it. See the settings of the documentation for its name." .key) -}}
{{- end -}}
{{- if or (get $known .name).secret (has .name (list "RETORT_DATABASE_URL" "RETORT_EVENT_STORE_URL")) -}}
{{- fail (printf "%s: secrets come in by existingSecrets, never as values." .key) -}}
{{- end -}}
{{- if regexMatch "://[^/@]*:[^/@]*@" (toString .value) -}}
{{- fail (printf "%s: carries a password. Secrets come in by existingSecrets, never as values." .key) -}}
{{- end -}}
{{- if hasKey $ours .name -}}
{{- $instead := get $ours .name -}}
{{- fail (printf "%s: the chart sets it itself; %s." .key (eq $instead "nothing" | ternary "leave it out" (printf "set %s" $instead))) -}}
{{- end -}}
{{- end -}}
