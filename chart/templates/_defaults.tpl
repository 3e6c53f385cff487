{{/*
Puts the default where a value is null, as an empty key in a file is, a whole group included: Helm takes the key away then, and nothing below would
find it. Called first by every template; `files/defaults.json` is made from `values.yaml`.
*/}}
{{- define "spacelift-worker.defaults" -}}
{{- range $path, $default := .Files.Get "files/defaults.json" | fromJson -}}
{{- $keys := splitList "." $path -}}
{{- $group := $.Values -}}
{{- range initial $keys -}}
{{- if kindIs "invalid" (index $group .) }}{{ $_ := set $group . dict }}{{ end -}}
{{- $group = index $group . -}}
{{- end -}}
{{- if kindIs "invalid" (index $group (last $keys)) }}{{ $_ := set $group (last $keys) $default }}{{ end -}}
{{- end -}}
{{- end -}}
