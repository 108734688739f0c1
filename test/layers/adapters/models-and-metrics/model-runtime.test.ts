import { onnxRuntime } from '#adapters/model-runtime/onnx.ts';
import { modelRuntimeContract } from '../../contracts/model-runtime.ts';

modelRuntimeContract('ONNX Runtime', onnxRuntime());
