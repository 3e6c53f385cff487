variable "region" { type = string }

variable "password" {
  type      = string
  sensitive = true
}

variable "greeted_by" {
  type    = string
  default = "nobody"
}

locals {
  guests = jsondecode(file("/mnt/workspace/settings/guests.json"))
}

resource "terraform_data" "guest" {
  for_each = toset(local.guests)
  input    = "${each.key} from the ${var.region}"
}

resource "terraform_data" "lock" {
  input = sha256(var.password)
}

output "guests" {
  value = [for guest in terraform_data.guest : "${guest.output}, greeted by ${var.greeted_by}"]
}
