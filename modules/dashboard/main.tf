data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  region = data.aws_region.current.id

  console_host = lookup({
    aws        = "console.aws.amazon.com"
    aws-cn     = "console.amazonaws.cn"
    aws-us-gov = "console.amazonaws-us-gov.com"
  }, data.aws_partition.current.partition, "console.aws.amazon.com")

  # The grid is 24 wide. Widgets are laid out in rows: each row says its height and what is in it.
  rows = [
    { height = 6, widgets = [local.compliance, local.outcomes] },
    { height = 6, widgets = [local.queue, local.dead_letters, local.function, local.settlement] },
    { height = 8, widgets = [local.last_changes] },
  ]

  widgets = flatten([
    for row_index, row in local.rows : [
      for column, widget in row.widgets : {
        type       = widget.type
        x          = column * 24 / length(row.widgets)
        y          = sum(concat([0], slice(local.rows[*].height, 0, row_index)))
        width      = 24 / length(row.widgets)
        height     = row.height
        properties = merge({ region = local.region }, widget.properties)
      }
    ]
  ])
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}
