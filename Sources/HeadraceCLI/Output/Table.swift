/// Rows with aligned columns and a header, for people.
struct Table {
  private let header: [String]
  private let rightAligned: Set<Int>
  private var rows: [[String]] = []

  /// A table; columns whose title ends in `#` are numbers, set to the right.
  init(_ columns: String...) {
    header = columns.map { $0.hasSuffix("#") ? String($0.dropLast()) : $0 }
    rightAligned = Set(columns.indices.filter { columns[$0].hasSuffix("#") })
  }

  /// Adds a row: as many cells as there are columns.
  mutating func add(_ cells: String...) { rows.append(cells) }

  /// The table as text, without trailing spaces.
  var text: String {
    let all = [header.map { $0.uppercased() }] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += rightAligned.contains(column) ? padding + cell : cell + padding
        if column < row.count - 1 { line += "  " }
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
