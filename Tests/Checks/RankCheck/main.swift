import Foundation
import SeededRandom
import TinyTrainingRun
import Training

// mpirun -np N RankCheck: N ranks train a tiny network, and the first one compares it with the network that it trains
// alone. Before that, each multiplies in bfloat16.
//
// mpirun -np N RankCheck measure VALUES: the time of one sum of VALUES values.
//
// Exit status: 0 if all results agree, 1 if the ranks or the products differ.

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("RankCheck: \(message)\n".utf8))
  exit(1)
}

/// Compares a product in bfloat16 with the same product in float. The error of bfloat16 is 2⁻⁹ of each factor.
func checkBFloat16() {
  guard MatrixProduct.supports(.bfloat16) else {
    print("this processor has no instructions for bfloat16; its products are not compared")
    return
  }
  var generator = SplitMix64(seed: 2402)
  let size = 256
  let operands = (0..<2).map { _ in
    Matrix(rows: size, columns: size, values: (0..<size * size).map { _ in generator.nextNormal() })
  }
  let products = MatrixProduct.Precision.allCases.map { precision in
    let product = Matrix(rows: size, columns: size)
    MatrixProduct.multiply(
      operands[0].pointer, operands[1].pointer, into: product.pointer, m: size, n: size, k: size, precision: precision)
    return product.values
  }
  let error = zip(products[0], products[1]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let deviation = (error / Float(size * size)).squareRoot() / Float(size).squareRoot()
  print("bfloat16: deviation \(deviation) of the size of a product")
  if deviation == 0 { fail("products in bfloat16 are those in float") }
  if !(deviation < 0.005) { fail("products in bfloat16 are wrong") }
}

let communicator = try ProcessGroup.join()

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "measure", let count = Int(CommandLine.arguments[2]) {
  var values = [Float](repeating: 1, count: count)
  var seconds: [Double] = []
  for _ in 0..<50 {
    var one: Float = 0
    communicator.sum(&one, count: 1)
    let started = Date()
    values.withUnsafeMutableBufferPointer { communicator.sum($0.baseAddress!, count: count) }
    seconds.append(Date().timeIntervalSince(started))
  }
  seconds.sort()
  if communicator.rank == 0 {
    print(
      String(
        format: "%d ranks, %d values: median %.3f ms, least %.3f ms, 95th percentile %.3f ms", communicator.rankCount,
        count, 1_000 * seconds[25], 1_000 * seconds[0], 1_000 * seconds[47]))
  }
  communicator.finish()
  exit(0)
}

checkBFloat16()
var run = try TinyTrainingRun(seed: 2401)
run.recipe.epochs = 4
// With more than four shards of five seconds per step, few steps would remain.
run.recipe.shards = communicator.rankCount < 3 ? 2 * communicator.rankCount : communicator.rankCount
let together = try run.trainer(among: communicator)
if communicator.rank > 0 { together.bank.values[0] += 1 }
try together.shareStateOfFirstRank()
try together.run { _ in true }
let state = together.checkpoint()
let bits = state.values.map(\.bitPattern) + state.statistics.map(\.bitPattern)
let everyRanksBits = communicator.gather(bits.flatMap { value in withUnsafeBytes(of: value) { Array($0) } })
let aligned = communicator.gather(Array("\(state.header.wordTimes.sorted { $0.key < $1.key })".utf8))
if everyRanksBits.contains(where: { $0 != everyRanksBits[0] }) { fail("the ranks end with different weights") }
if aligned.contains(where: { $0 != aligned[0] }) { fail("the ranks end with different alignments") }

if communicator.rank == 0 {
  let alone = try run.trainer()
  try alone.run { _ in true }
  let reference = alone.checkpoint()
  let difference = zip(state.values + state.statistics, reference.values + reference.statistics)
    .reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
  let words = reference.header.wordTimes
  print(
    "\(communicator.rankCount) ranks, \(reference.header.step) steps: largest difference \(difference) from one rank")
  if reference.header.step < 4 || words.isEmpty { fail("the run was too short to show anything") }
  if !(difference <= 1e-5) { fail("the weights differ from those of one rank") }
  if Swift.Set(words.keys) != Swift.Set(state.header.wordTimes.keys) {
    fail("the alignments differ from those of one rank")
  }
}
communicator.finish()
