# The dashboard: its widgets fill the grid, and each shows something of this stack.

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name                      = "tg"
  scopes                    = ["default", "sandbox"]
  function_name             = "tg-remediation"
  settlement_function_name  = "tg-settlement"
  log_group_name            = "/aws/lambda/tg-remediation"
  events_queue_name         = "tg-events"
  dead_letter_queue_name    = "tg-events-dead-letter"
  compliance_target_percent = 95
}

run "widgets" {
  command = plan

  module {
    source = "./modules/dashboard"
  }

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
  assert {
    condition = {
      for y in distinct(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[*].y) :
      y => sum([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.width if widget.y == y])
    } == { "0" = 24, "6" = 24, "12" = 24 }
    error_message = "A row does not fill the grid of 24 columns, or lies over another."
  }

  assert {
    condition = length([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget
      if widget.properties.region != "eu-central-1" || widget.x + widget.width > 24
    ]) == 0
    error_message = "A widget shows another region, or leaves the grid."
  }

  assert {
    condition = length(setsubtract(
      ["tg-remediation", "tg-settlement", "tg-events", "tg-events-dead-letter"],
      flatten([
        for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
        [for metric in try(widget.properties.metrics, []) : [for part in metric : part if can(tostring(part))]]
      ]),
    )) == 0
    error_message = "A function or a queue is not shown."
  }

  assert {
    condition = jsonencode([
      for metric in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.metrics : metric[0].expression
      if can(metric[0].expression)
    ]) == jsonencode(["100 * FILL(compliant0, 0) / evaluated0", "100 * FILL(compliant1, 0) / evaluated1"])
    error_message = "Each scope has its line of compliance."
  }
}
