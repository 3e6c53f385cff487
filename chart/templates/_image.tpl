{{/* Reference of an image: its values and the context. */}}
{{- define "spacelift-worker.image" -}}
{{- $image := index . 0 -}}
{{- $root := index . 1 -}}
{{- $registry := $root.Values.global.imageRegistry -}}
{{- $repository := $image.repository -}}
{{- if $registry -}}
{{- /* The first word is a registry if it has a dot or a port, as Docker reads it. */ -}}
{{- $repository = printf "%s/%s" ($registry | trimSuffix "/") (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository ($image.tag | default $root.Chart.AppVersion | toString) -}}
{{- end -}}
{{- end -}}

{{/* Whose program the launcher's image holds. */}}
{{- define "spacelift-worker.program" -}}
{{- $known := regexMatch "(^|/)spacelift/launcher$" .Values.launcher.image.repository | ternary "spacelift" "spacelift-worker" -}}
{{- .Values.launcher.program | default $known -}}
{{- end -}}

{{/* Secrets for pulling the pod's images, global ones first, each once. */}}
{{- define "spacelift-worker.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets -}}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with $secrets | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
