{{/*
Environment of a container: `own` (a list), then `extra` (what the user wrote). A variable of the user's replaces the chart's of the same name and
is there once, because server-side apply refuses doubles; the chart's own go before, because users write $(SPACELIFT_METADATA_instance_id).
Of a name that the user wrote twice the last counts, as in a container.
*/}}
{{- define "spacelift-worker.env" -}}
{{- $extra := .extra | default list -}}
{{- $taken := dict -}}
{{- range $index, $variable := $extra }}{{ $_ := set $taken $variable.name $index }}{{ end -}}
{{- $variables := list -}}
{{- range .own }}{{ if not (hasKey $taken .name) }}{{ $variables = append $variables . }}{{ end }}{{ end -}}
{{- range $index, $variable := $extra }}{{ if eq $index (get $taken $variable.name) }}{{ $variables = append $variables $variable }}{{ end }}{{ end -}}
{{- with $variables }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Whether the user sets one of the variables: names, and their list. */}}
{{- define "spacelift-worker.hasEnv" -}}
{{- $names := index . 0 -}}
{{- range index . 1 }}{{ if has .name $names }}true{{ end }}{{ end -}}
{{- end -}}

{{/* A map of variables with a value, as a list in the order of their names; what is empty is left out. */}}
{{- define "spacelift-worker.envOf" -}}
{{- range $name := keys . | sortAlpha }}
{{- $value := get $ $name }}
{{- if not (has (toString $value) (list "" "<nil>")) }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A number from YAML as people wrote it: a large integer is a float for Helm. */}}
{{- define "spacelift-worker.number" -}}
{{- if kindIs "float64" . }}{{ eq . (floor .) | ternary (printf "%.0f" .) (toString .) }}{{ else }}{{ toString . }}{{ end -}}
{{- end -}}
