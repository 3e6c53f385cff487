variable "answer" {
  type    = number
  default = 41
}

resource "terraform_data" "question" {
  input = var.answer

  lifecycle {
    precondition {
      condition     = var.answer == 42
      error_message = "The answer is 42, and not ${var.answer}. This stack fails on purpose."
    }
  }
}
