/// Copies ranges of a matrix's rows, for loss terms that cover only these.
enum MatrixRowCopy {
  static func prefix(of matrix: Matrix, rows: Int) -> Matrix {
    let copy = Matrix(rows: rows, columns: matrix.columns)
    copy.pointer.update(from: matrix.pointer, count: rows * matrix.columns)
    return copy
  }

  static func suffix(of matrix: Matrix, from row: Int) -> Matrix {
    let copy = Matrix(rows: matrix.rows - row, columns: matrix.columns)
    copy.pointer.update(from: matrix.row(row), count: copy.count)
    return copy
  }

  static func copyBack(_ prefix: Matrix, into matrix: Matrix) {
    matrix.pointer.update(from: prefix.pointer, count: prefix.count)
  }
}
