import { onnxRuntime } from '#adapters/model-runtime/onnx.ts';
import { modelRuntimeContract } from '../../contract-tests/model-runtime.ts';

modelRuntimeContract('ONNX Runtime', onnxRuntime());
