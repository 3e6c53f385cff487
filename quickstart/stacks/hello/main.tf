# Needs no provider download: terraform_data is built into the tool.

variable "greeting" {
  type    = string
  default = "Good day"
}

# Every run is given its id and more as TF_VAR_spacelift_...
variable "spacelift_run_id" {
  type    = string
  default = "no run"
}

# Created by the first run, and kept in the stack's state from then on.
resource "terraform_data" "house" {
  input = {
    doors   = 1
    windows = 4
    roof    = "red"
  }
}

# Changed by every run: planned by one worker, applied by another.
resource "terraform_data" "visitor" {
  input = {
    run = var.spacelift_run_id
    at  = plantimestamp()
  }
}

resource "terraform_data" "doorbell" {
  triggers_replace = terraform_data.visitor.output

  provisioner "local-exec" {
    quiet   = true
    command = "cat door.txt"
  }
}

output "message" {
  value = <<-EOT
    ${var.greeting}! A house with ${terraform_data.house.output.windows} windows was visited at ${terraform_data.visitor.output.at}
    by run ${terraform_data.visitor.output.run}. Change quickstart/stacks/hello/main.tf and start again: https://opentofu.org/docs/language/
  EOT
}
